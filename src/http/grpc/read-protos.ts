import type { ServiceDefinition } from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import descriptors from 'protobufjs/ext/descriptor.js';
import { serviceProtos } from './service-protos.ts';

/** A service: how its messages are read and written, and its description for those who ask. */
export interface ReadService {
  /** As clients name it: inference.GRPCInferenceService. */
  readonly name: string;
  readonly definition: ServiceDefinition;
  /** Everything that its file names. */
  readonly symbols: ReadonlySet<string>;
  readonly file: string;
  readonly descriptor: Uint8Array;
}

/** Reads the descriptions of all services. */
export function readServices(): ReadService[] {
  return Object.entries(serviceProtos).flatMap(([file, text]) => {
    const { root } = protobuf.parse(text, { keepCase: true });
    root.resolveAll();
    const [described] = root.toDescriptor('proto3').file;
    const { messageType = [] } = described ?? {};
    for (const message of messageType) nameMapEntries(message);
    const descriptor = descriptors.FileDescriptorProto.encode({
      ...described,
      name: file,
    }).finish();
    const objects = objectsIn(root);
    const symbols = new Set(objects.map(({ fullName }) => fullName.slice(1)));
    return objects
      .filter((object) => object instanceof protobuf.Service)
      .map((service) => ({
        name: service.fullName.slice(1),
        definition: definitionOf(service),
        symbols,
        file,
        descriptor,
      }));
  });
}

/** Names the types of a message's maps as protoc does: of `some_map` SomeMapEntry, which protobufjs calls Some_map and Go refuses. */
function nameMapEntries({ field = [], nestedType = [] }: descriptors.IDescriptorProto): void {
  for (const entry of nestedType) {
    if (entry.options?.mapEntry !== true) {
      nameMapEntries(entry);
      continue;
    }
    const [map] = field.filter(({ typeName }) => typeName === entry.name);
    const name = `${pascalCase(map?.name ?? '')}Entry`;
    if (map) map.typeName = name;
    entry.name = name;
  }
}

const pascalCase = (name: string): string =>
  name.replaceAll(/(?:^|_)([a-z0-9])/g, (_, first: string) => first.toUpperCase());

function objectsIn(space: protobuf.NamespaceBase): protobuf.ReflectionObject[] {
  return space.nestedArray.flatMap((object) => [
    object,
    ...(object instanceof protobuf.Service ? object.methodsArray : []),
    ...(object instanceof protobuf.Namespace ? objectsIn(object) : []),
  ]);
}

function definitionOf(service: protobuf.Service): ServiceDefinition {
  return Object.fromEntries(
    service.methodsArray.map((method) => {
      method.resolve();
      const { resolvedRequestType: request, resolvedResponseType: response } = method;
      if (!request || !response) throw new Error(`${method.fullName} has no types: our bug`);
      const { requestStream = false, responseStream = false } = method;
      return [
        method.name,
        {
          path: `/${service.fullName.slice(1)}/${method.name}`,
          requestStream,
          responseStream,
          requestSerialize: writerOf(request),
          requestDeserialize: readerOf(request),
          responseSerialize: writerOf(response),
          responseDeserialize: readerOf(response),
        },
      ];
    }),
  );
}

const writerOf =
  (type: protobuf.Type) =>
  (message: object): Buffer => {
    const bytes = type.encode(type.fromObject(message)).finish();
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };

/** Numbers of 64 bits become JavaScript's: no shape and no count of anything is beyond those. */
const readerOf = (type: protobuf.Type) => (bytes: Buffer) =>
  type.toObject(type.decode(bytes), { longs: Number, enums: String });

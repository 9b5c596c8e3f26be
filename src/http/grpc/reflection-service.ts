import type { ServerDuplexStream, UntypedServiceImplementation } from '@grpc/grpc-js';
import { grpcStatus } from './grpc-status.ts';
import type { ReadService } from './read-protos.ts';

interface ReflectionRequest {
  readonly list_services?: string;
  readonly file_by_filename?: string;
  readonly file_containing_symbol?: string;
}

/** `grpc.reflection.v1.ServerReflection`: what is spoken here, for clients that have no description of it. */
export function reflectionService(services: readonly ReadService[]): UntypedServiceImplementation {
  return {
    ServerReflectionInfo: (stream: ServerDuplexStream<ReflectionRequest, object>) => {
      stream.on('data', (request: ReflectionRequest) => {
        stream.write({ original_request: request, ...answerTo(request, services) });
      });
      stream.once('end', () => stream.end());
    },
  };
}

function answerTo(request: ReflectionRequest, services: readonly ReadService[]): object {
  if (request.list_services !== undefined) {
    return { list_services_response: { service: services.map(({ name }) => ({ name })) } };
  }
  const { file_by_filename: file, file_containing_symbol: symbol } = request;
  const found = services.find(
    (one) => one.file === file || (symbol !== undefined && one.symbols.has(symbol)),
  );
  if (found) {
    return { file_descriptor_response: { file_descriptor_proto: [found.descriptor] } };
  }
  const isUnknown = file !== undefined || symbol !== undefined;
  return {
    error_response: isUnknown
      ? { error_code: grpcStatus.NOT_FOUND, error_message: 'There is no such file or symbol.' }
      : { error_code: grpcStatus.UNIMPLEMENTED, error_message: 'There are no extensions.' },
  };
}

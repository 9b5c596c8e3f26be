import protobuf from 'protobufjs';
import { dataTypes, modelProto } from '../../src/neural/onnx-schema.ts';

/** The messages we write ourselves, and the two fields by which a tensor says that its data lies elsewhere. */
const extended = (): protobuf.Type => {
  const schema = structuredClone(modelProto.root.toJSON()) as {
    nested: Record<string, { fields: Record<string, object> }>;
  };
  const texts = { key: { id: 1, type: 'string' }, value: { id: 2, type: 'string' } };
  schema.nested['StringStringEntryProto'] = { fields: texts };
  Object.assign(schema.nested['TensorProto']!.fields, {
    externalData: { id: 13, type: 'StringStringEntryProto', rule: 'repeated' },
    dataLocation: { id: 14, type: 'int32' },
  });
  return protobuf.Root.fromJSON(schema as protobuf.INamespace).lookupType('ModelProto');
};

interface Tensor {
  dataType: number;
  rawData: Uint8Array;
  externalData?: object[];
  dataLocation?: number;
}

/** A model as PyTorch exports it by default: its graph, and its weights in the file `location` names. */
export function withExternalData(
  model: Uint8Array,
  location: string,
): { readonly graph: Uint8Array; readonly data: Uint8Array } {
  const proto = extended();
  const decoded = proto.toObject(proto.decode(model)) as { graph: { initializer: Tensor[] } };
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const tensor of decoded.graph.initializer) {
    // What a shape is computed from stays in the graph, as exporters leave it there.
    if (tensor.dataType !== dataTypes.float32) continue;
    const { length } = tensor.rawData;
    parts.push(tensor.rawData);
    tensor.externalData = Object.entries({ location, offset, length }).map(([key, value]) => ({
      key,
      value: String(value),
    }));
    tensor.dataLocation = 1;
    tensor.rawData = new Uint8Array();
    offset += length;
  }
  return {
    graph: proto.encode(proto.fromObject(decoded)).finish(),
    data: Buffer.concat(parts),
  };
}

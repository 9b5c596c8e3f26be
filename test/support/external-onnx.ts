import { dataTypes, modelProto } from '../../src/neural/onnx-schema.ts';

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
  const decoded = modelProto.toObject(modelProto.decode(model)) as {
    graph: { initializer: Tensor[] };
  };
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
    graph: modelProto.encode(modelProto.fromObject(decoded)).finish(),
    data: Buffer.concat(parts),
  };
}

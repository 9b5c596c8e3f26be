import protobuf from 'protobufjs';

/**
 * Writes the graph file of a SavedModel, as much of it as says what it takes and gives; the numbers of the fields are
 * those of TensorFlow's saved_model.proto, meta_graph.proto, types.proto and tensor_shape.proto.
 */
const field = (id: number, type: string, rule?: 'repeated') => ({
  id,
  type,
  ...(rule !== undefined && { rule }),
});
const map = (id: number, type: string) => ({ id, type, keyType: 'string' });
const root = protobuf.Root.fromJSON({
  nested: {
    Dim: { fields: { size: field(1, 'int64'), name: field(2, 'string') } },
    Shape: { fields: { dim: field(2, 'Dim', 'repeated'), unknownRank: field(3, 'bool') } },
    TensorInfo: {
      fields: {
        name: field(1, 'string'),
        dtype: field(2, 'int32'),
        tensorShape: field(3, 'Shape'),
      },
    },
    Signature: {
      fields: {
        inputs: map(1, 'TensorInfo'),
        outputs: map(2, 'TensorInfo'),
        methodName: field(3, 'string'),
      },
    },
    MetaInfo: { fields: { tags: field(4, 'string', 'repeated') } },
    Graph: { fields: { versions: field(3, 'int32') } },
    MetaGraph: {
      fields: {
        metaInfoDef: field(1, 'MetaInfo'),
        graphDef: field(2, 'Graph'),
        signatureDef: map(5, 'Signature'),
      },
    },
    SavedModel: {
      fields: { schemaVersion: field(1, 'int64'), metaGraphs: field(2, 'MetaGraph', 'repeated') },
    },
  },
});

/** A tensor of a signature: its type by number (1 is float32, 4 uint8, 7 string), and -1 for an axis of any length. */
export interface SavedTensor {
  readonly dtype: number;
  /** Undefined for a tensor of any rank. */
  readonly shape: readonly number[] | undefined;
}

type Tensors = Readonly<Record<string, SavedTensor>>;
export type SavedSignatures = Readonly<Record<string, { inputs: Tensors; outputs: Tensors }>>;

/** The bytes of `saved_model.pb` with one graph for each list of tags. */
export function savedModel(
  ...graphs: readonly { readonly tags: readonly string[]; readonly signatures: SavedSignatures }[]
): Uint8Array {
  const type = root.lookupType('SavedModel');
  const metaGraphs = graphs.map(({ tags, signatures }) => ({
    metaInfoDef: { tags: [...tags] },
    graphDef: { versions: 1 },
    signatureDef: mapped(signatures, ({ inputs, outputs }) => ({
      inputs: mapped(inputs, tensorInfo),
      outputs: mapped(outputs, tensorInfo),
      methodName: 'tensorflow/serving/predict',
    })),
  }));
  return type.encode(type.fromObject({ schemaVersion: 1, metaGraphs })).finish();
}

const tensorInfo = ({ dtype, shape }: SavedTensor, name: string): object => ({
  name: `${name}:0`,
  dtype,
  tensorShape:
    shape === undefined ? { unknownRank: true } : { dim: shape.map((size) => ({ size })) },
});

function mapped<T>(
  values: Readonly<Record<string, T>>,
  convert: (value: T, name: string) => object,
): Record<string, object> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, convert(value, name)]),
  );
}

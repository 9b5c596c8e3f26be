import protobuf from 'protobufjs';
import { attributeTypes, dataTypes, modelProto } from '../../src/neural/onnx-schema.ts';
import { tinyModel } from './tiny-onnx.ts';

/**
 * Tiny models that a server must survive. `always` never comes back from a run, `bright` not from one with an
 * image that is bright all over, `opening` not from being opened (it computes for hours), and `hog` takes a
 * gigabyte for a bright image.
 */
export type Hostility = 'always' | 'bright' | 'opening' | 'hog';

const graphType = 5;
const floatBytes = (...values: number[]) => Buffer.from(Float32Array.from(values).buffer);
const longBytes = (...values: bigint[]) => Buffer.from(BigInt64Array.from(values).buffer);

/** The messages we write ourselves, and attributes that are graphs. */
function extended(): protobuf.Type {
  const schema = structuredClone(modelProto.root.toJSON()) as {
    nested: Record<string, { fields: Record<string, object> }>;
  };
  schema.nested['AttributeProto']!.fields['g'] = { id: 6, type: 'GraphProto' };
  return protobuf.Root.fromJSON(schema as protobuf.INamespace).lookupType('ModelProto');
}

interface Proto {
  graph: { node: { name: string; output: string[] }[]; initializer: object[] };
}

const node = (opType: string, input: string[], output: string, attribute: object[] = []) => ({
  opType,
  input,
  output: [output],
  name: output,
  attribute,
});
const scalar = (name: string, elemType: number) => ({
  name,
  type: { tensorType: { elemType, shape: { dim: [] } } },
});
const float = (name: string, value: number) => ({
  name,
  dims: [],
  dataType: dataTypes.float32,
  rawData: floatBytes(value),
});
const shape = (name: string, ...lengths: bigint[]) => ({
  name,
  dims: [lengths.length],
  dataType: dataTypes.int64,
  rawData: longBytes(...lengths),
});

/** Goes round for as long as the condition it is given is true, and never changes it. */
const loop = () =>
  node('Loop', ['', 'condition', 'peak'], 'after', [
    {
      name: 'body',
      type: graphType,
      g: {
        name: 'round',
        node: [node('Identity', ['going'], 'goes on'), node('Identity', ['value'], 'same value')],
        input: [
          scalar('round number', dataTypes.int64),
          scalar('going', dataTypes.bool),
          scalar('value', dataTypes.float32),
        ],
        output: [scalar('goes on', dataTypes.bool), scalar('same value', dataTypes.float32)],
      },
    },
  ]);

const keepNoDims = [{ name: 'keepdims', i: 0, type: attributeTypes.int }];

/** Nodes that end in the scalar "after". */
function detour(kind: Hostility): { nodes: ReturnType<typeof node>[]; constants: object[] } {
  const peak = node('ReduceMax', ['image'], 'peak', keepNoDims);
  if (kind === 'always' || kind === 'bright') {
    const threshold = float('threshold', kind === 'always' ? -1 : 0.95);
    const condition = node('Greater', ['peak', 'threshold'], 'condition');
    return { nodes: [peak, condition, loop()], constants: [threshold] };
  }
  if (kind === 'hog') {
    // A gigabyte for a peak of 1, next to nothing for one of a half.
    const nodes = [
      peak,
      node('Mul', ['peak', 'sixteen'], 'size'),
      node('Pow', ['two', 'size'], 'length'),
      node('Cast', ['length'], 'whole', [
        { name: 'to', i: dataTypes.int64, type: attributeTypes.int },
      ]),
      node('Reshape', ['whole', 'one axis'], 'first'),
      node('Concat', ['first', 'rest'], 'many', [{ name: 'axis', i: 0, type: attributeTypes.int }]),
      node('Expand', ['peak', 'many'], 'huge'),
      node('ReduceMax', ['huge'], 'after', keepNoDims),
    ];
    return {
      nodes,
      constants: [
        float('sixteen', 16),
        float('two', 2),
        shape('one axis', 1n),
        shape('rest', 4096n),
      ],
    };
  }
  // Constants are folded while the model is opened.
  const products = Array.from({ length: 200 }, (_, index) =>
    node('MatMul', [index === 0 ? 'square' : `product ${index}`, 'square'], `product ${index + 1}`),
  );
  return {
    nodes: [
      node('Expand', ['grain', 'sides'], 'square'),
      ...products,
      node('ReduceMax', ['product 200'], 'after', keepNoDims),
    ],
    constants: [float('grain', 0.0001), shape('sides', 5000n, 5000n)],
  };
}

/** The tiny model with a detour that changes nothing about its answers. */
export function hostileModel(kind: Hostility): Uint8Array {
  const proto = extended();
  const model = proto.toObject(proto.decode(tinyModel())) as Proto;
  const { nodes, constants } = detour(kind);
  for (const one of model.graph.node) {
    one.output = one.output.map((name) => (name === 'logits' ? 'plain' : name));
    one.name = one.output[0]!;
  }
  model.graph.node.push(
    ...nodes,
    node('Mul', ['after', 'zero'], 'nothing'),
    node('Add', ['plain', 'nothing'], 'logits'),
  );
  model.graph.initializer.push(float('zero', 0), ...constants);
  return proto.encode(proto.fromObject(model)).finish();
}

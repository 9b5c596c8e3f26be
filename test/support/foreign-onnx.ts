import protobuf from 'protobufjs';
import { createGraph, symbolicBatch, type Graph, type Value } from '../../src/neural/graph.ts';
import { modelProto } from '../../src/neural/onnx-schema.ts';
import { serializeGraph } from '../../src/neural/serialize.ts';

/** Graphs as exporters write them, small enough to check by hand: what they have beside what we write ourselves. */
export interface ForeignParts {
  readonly metadata?: Readonly<Record<string, string>>;
  /** Says of each axis of the input, but for that of the batch, that any length will do. */
  readonly isOpen?: boolean;
  readonly opset?: number;
  readonly irVersion?: number;
  /** Puts a ZipMap behind this output, as skl2onnx does. */
  readonly zipMap?: { readonly output: string; readonly classes: readonly (string | number)[] };
}

type Message = Record<string, unknown>;
interface Model extends Message {
  graph: { node: Message[]; output: { name: string }[]; input: { type: PortType }[] };
  opsetImport: Message[];
}
interface PortType {
  tensorType: { shape: { dim: Message[] } };
}

function extended(): protobuf.Type {
  const schema = structuredClone(modelProto.root.toJSON()) as {
    nested: Record<string, { fields: Record<string, object> }>;
  };
  const texts = { key: { id: 1, type: 'string' }, value: { id: 2, type: 'string' } };
  schema.nested['StringStringEntryProto'] = { fields: texts };
  const add = (message: string, fields: Record<string, object>): void => {
    Object.assign(schema.nested[message]!.fields, fields);
  };
  add('ModelProto', {
    metadataProps: { id: 14, type: 'StringStringEntryProto', rule: 'repeated' },
  });
  add('NodeProto', { domain: { id: 7, type: 'string' } });
  add('AttributeProto', { strings: { id: 9, type: 'bytes', rule: 'repeated' } });
  return protobuf.Root.fromJSON(schema as protobuf.INamespace).lookupType('ModelProto');
}

/** The same model with what exporters add. */
export function foreign(model: Uint8Array, parts: ForeignParts): Uint8Array {
  const proto = extended();
  const decoded = proto.toObject(proto.decode(model)) as Model;
  const { metadata = {}, zipMap } = parts;
  decoded['metadataProps'] = Object.entries(metadata).map(([key, value]) => ({ key, value }));
  if (parts.irVersion !== undefined) decoded['irVersion'] = parts.irVersion;
  if (parts.opset !== undefined) decoded.opsetImport[0]!['version'] = parts.opset;
  if (parts.isOpen) {
    const dims = decoded.graph.input[0]!.type.tensorType.shape.dim;
    dims.forEach((_, axis) => (dims[axis] = { dimParam: `axis${axis}` }));
  }
  if (zipMap) {
    decoded.opsetImport.push({ domain: 'ai.onnx.ml', version: 1 });
    decoded.graph.node.push(zipMapNode(zipMap.output, zipMap.classes));
    decoded.graph.output = [{ name: 'output_probability' }];
  }
  return proto.encode(proto.fromObject(decoded)).finish();
}

function zipMapNode(input: string, classes: readonly (string | number)[]): Message {
  const isText = typeof classes[0] === 'string';
  const values = isText
    ? { strings: classes.map((name) => Buffer.from(String(name))), type: 8 }
    : { ints: classes, type: 7 };
  return {
    opType: 'ZipMap',
    domain: 'ai.onnx.ml',
    input: [input],
    output: ['output_probability'],
    attribute: [{ name: isText ? 'classlabels_strings' : 'classlabels_int64s', ...values }],
  };
}

/** A graph of one input, by what is done to it. */
export function graphOf(
  shape: readonly number[],
  build: (graph: Graph, input: Value) => Readonly<Record<string, Value>>,
  batch = symbolicBatch,
): Uint8Array {
  const graph = createGraph();
  const outputs = build(graph, graph.input('image', [batch, ...shape]));
  for (const [name, value] of Object.entries(outputs)) graph.output(name, value);
  return serializeGraph(graph, 'foreign');
}

/** One score of two by two pixels: twice the first, less the last. */
export function scoreOf(graph: Graph, image: Value): Value {
  const flat = graph.node('Reshape', [image, graph.integers([-1, 4])], [symbolicBatch, 4]);
  const weights = graph.constant(Float32Array.of(2, 0, 0, -1), [4, 1]);
  return graph.node('MatMul', [flat, weights], [symbolicBatch, 1]);
}

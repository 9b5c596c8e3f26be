import { endianness } from 'node:os';
import type { Attribute, Constant, Graph, GraphNode, Value } from './graph.ts';
import { attributeTypes, dataTypes, modelProto } from './onnx-schema.ts';

/** Opset 18 is the newest we need (axes as inputs everywhere); IR version 8 is the one it came with. */
const opsetVersion = 18;
const irVersion = 8;

/** The bytes of a .onnx file. The same graph always gives the same bytes. */
export function serializeGraph(graph: Graph, name: string): Uint8Array {
  return modelProto
    .encode(
      modelProto.create({
        irVersion,
        producerName: 'glimpse',
        opsetImport: [{ domain: '', version: opsetVersion }],
        graph: {
          name,
          node: nodesWithNamedOutputs(graph).map(nodeProto),
          initializer: graph.constants.map(tensorProto),
          input: graph.inputs.map(valueInfoProto),
          output: graph.outputs.map(({ name, value }) => valueInfoProto({ ...value, name })),
        },
      }),
    )
    .finish();
}

/**
 * Lets each output's producer carry the output's own name, so that nothing is copied for it. What no
 * node produces (an input handed through, a constant) or what has two names goes through Identity.
 */
function nodesWithNamedOutputs(graph: Graph): GraphNode[] {
  const produced = new Set(graph.nodes.flatMap((node) => node.outputs));
  const renamed = new Map<string, string>();
  const copies: GraphNode[] = [];
  for (const { name, value } of graph.outputs) {
    if (produced.has(value.name) && !renamed.has(value.name)) renamed.set(value.name, name);
    else {
      const from = renamed.get(value.name) ?? value.name;
      copies.push({ op: 'Identity', inputs: [from], outputs: [name], attributes: {} });
    }
  }
  const current = (name: string) => renamed.get(name) ?? name;
  const nodes = graph.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map(current),
    outputs: node.outputs.map(current),
  }));
  return [...nodes, ...copies];
}

function nodeProto(node: GraphNode) {
  return {
    input: node.inputs,
    output: node.outputs,
    name: node.outputs[0],
    opType: node.op,
    attribute: Object.entries(node.attributes).map(([name, value]) => ({
      name,
      ...attributeProto(value),
    })),
  };
}

function attributeProto(attribute: Attribute) {
  if ('int' in attribute) return { i: attribute.int, type: attributeTypes.int };
  if ('ints' in attribute) return { ints: attribute.ints, type: attributeTypes.ints };
  if ('float' in attribute) return { f: attribute.float, type: attributeTypes.float };
  return { s: Buffer.from(attribute.string), type: attributeTypes.string };
}

function tensorProto({ value, data }: Constant) {
  return {
    name: value.name,
    dims: value.shape,
    dataType: dataTypes[value.type],
    rawData: littleEndian(data),
  };
}

function valueInfoProto(value: Value) {
  const dim = value.shape.map((length) => (length < 0 ? { dimParam: 'N' } : { dimValue: length }));
  return {
    name: value.name,
    type: { tensorType: { elemType: dataTypes[value.type], shape: { dim } } },
  };
}

function littleEndian(data: Float32Array | BigInt64Array): Uint8Array {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (endianness() === 'LE') return bytes;
  const copy = Buffer.from(bytes);
  return data.BYTES_PER_ELEMENT === 4 ? copy.swap32() : copy.swap64();
}

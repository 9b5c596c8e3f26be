import { fieldsOf, invalidOnnx, textOf } from './onnx-fields.ts';

/** What is looked at of a node of a graph. */
interface Node {
  readonly operator: string;
  /** Where its first input comes from. */
  readonly input: string;
}

/** The numbers of messages and their fields in onnx.proto. */
const graphOfModel = 7;
const nodeOfGraph = 1;
const ofNode = { input: 1, output: 2, operator: 4 } as const;

/** Operators that give the values they are given, in another type or shape. */
const passing: ReadonlySet<string> = new Set([
  'Cast',
  'CastLike',
  'DequantizeLinear',
  'Flatten',
  'Identity',
  'QuantizeLinear',
  'Reshape',
  'Squeeze',
  'Unsqueeze',
]);

/**
 * The operator that makes the values of an output: the last one in front of those that only give them another type or
 * shape. Undefined when nothing in the graph makes them. GLIMPSE_MODEL_INVALID when the bytes are no ONNX model.
 */
export function outputOperator(model: Uint8Array, output: string): string | undefined {
  const producers = producersOf(model);
  const seen = new Set<string>();
  let node = producers.get(output);
  while (node && passing.has(node.operator) && !seen.has(node.input)) {
    seen.add(node.input);
    node = producers.get(node.input);
  }
  return node?.operator;
}

/** The node that makes each value of the main graph. */
function producersOf(model: Uint8Array): ReadonlyMap<string, Node> {
  const producers = new Map<string, Node>();
  for (const graph of messagesOf(model, graphOfModel)) {
    for (const node of messagesOf(graph, nodeOfGraph)) addNode(node, producers);
  }
  return producers;
}

function addNode(bytes: Uint8Array, producers: Map<string, Node>): void {
  let [input, operator] = ['', ''];
  const outputs: string[] = [];
  for (const field of fieldsOf(bytes)) {
    if (field.number === ofNode.operator) operator = textOf(field);
    if (field.number === ofNode.output) outputs.push(textOf(field));
    if (field.number === ofNode.input && input === '') input = textOf(field);
  }
  for (const output of outputs) producers.set(output, { operator, input });
}

function* messagesOf(bytes: Uint8Array, number: number): Generator<Uint8Array> {
  for (const field of fieldsOf(bytes)) {
    if (field.number !== number) continue;
    if (typeof field.value === 'number') throw invalidOnnx();
    yield field.value;
  }
}

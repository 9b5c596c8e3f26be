import { fieldsOf, invalidOnnx, textOf } from './onnx-fields.ts';

/**
 * Which files an ONNX model keeps its weights in, read from the graph. Of onnx.proto
 * (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto) only the path to them is followed: everything
 * else, the weights that lie in the file itself above all, is skipped and not decoded.
 */
type Message =
  'model' | 'training' | 'graph' | 'function' | 'node' | 'attribute' | 'sparse' | 'tensor';

/** Message -> the numbers of its fields that lead to tensors, and what they hold. */
const paths: Record<Message, Readonly<Record<number, Message>>> = {
  model: { 7: 'graph', 20: 'training', 25: 'function' },
  training: { 1: 'graph', 2: 'graph' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  function: { 7: 'node', 11: 'attribute' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  tensor: {},
};
const externalData = 13;
const dataLocation = 14;
const isExternal = 1;

/** Graphs within graphs: nobody nests more, and a made-up file must not exhaust the stack. */
const deepest = 100;

/**
 * The locations, as the graph writes them, of the files that hold external data; each once, in the order of
 * the graph. GLIMPSE_MODEL_INVALID when the bytes are no ONNX model.
 */
export function externalLocations(model: Uint8Array): string[] {
  const found = new Set<string>();
  visit(model, 'model', found, 0);
  return [...found];
}

function visit(bytes: Uint8Array, message: Message, found: Set<string>, depth: number): void {
  if (depth > deepest) throw invalidOnnx();
  if (message === 'tensor') {
    const location = locationOf(bytes);
    if (location !== undefined) found.add(location);
    return;
  }
  for (const { number, value } of fieldsOf(bytes)) {
    const inner = paths[message][number];
    if (inner !== undefined && typeof value !== 'number') visit(value, inner, found, depth + 1);
  }
}

/** Where the data of a tensor lies, when it does not lie in the tensor. */
function locationOf(tensor: Uint8Array): string | undefined {
  let location: string | undefined;
  let isElsewhere = false;
  for (const { number, value } of fieldsOf(tensor)) {
    if (number === dataLocation) isElsewhere = value === isExternal;
    if (number !== externalData || typeof value === 'number') continue;
    const entry = new Map([...fieldsOf(value)].map((field) => [field.number, textOf(field)]));
    if (entry.get(1) === 'location') location = entry.get(2);
  }
  return isElsewhere ? location : undefined;
}

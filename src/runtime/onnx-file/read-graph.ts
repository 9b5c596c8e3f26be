import { fieldsOf, invalidOnnx, textOf, type Field } from '../onnx-fields.ts';
import { integersOf } from './field-values.ts';

/**
 * What an ONNX file says about itself and its graph, read from its bytes: operators, shapes of weights, metadata. The
 * numbers of fields are those of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). Weights are
 * passed over, and graphs within nodes.
 */
export interface OnnxNode {
  readonly op: string;
  /** Empty for the operators of ONNX itself. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Whole numbers, one or several. */
  integers(this: void, attribute: string): bigint[];
  /** Texts, one or several. */
  texts(this: void, attribute: string): string[];
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  /** Name of a weight -> its shape. */
  readonly weights: ReadonlyMap<string, readonly number[]>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** What its exporter noted beside the graph. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** A graph of more nodes is no image classifier, and would take much memory to look at. */
const mostNodes = 1_000_000;

/** GLIMPSE_MODEL_INVALID when the bytes are no ONNX model. */
export function readGraph(model: Uint8Array): OnnxGraph {
  const metadata = new Map<string, string>();
  const nodes: OnnxNode[] = [];
  const weights = new Map<string, readonly number[]>();
  const ports = { 11: [] as string[], 12: [] as string[] };
  let hasGraph = false;
  for (const { number, value } of fieldsOf(model)) {
    if (typeof value === 'number') continue;
    if (number === 14) metadata.set(textAt(value, 1), textAt(value, 2));
    if (number !== 7) continue;
    hasGraph = true;
    for (const field of fieldsOf(value)) {
      if (typeof field.value === 'number') continue;
      if (field.number === 1) nodes.push(nodeOf(field.value));
      if (field.number === 5) weights.set(textAt(field.value, 8), shapeOf(field.value));
      if (field.number === 11 || field.number === 12) {
        ports[field.number].push(textAt(field.value, 1));
      }
      if (nodes.length > mostNodes) throw invalidOnnx();
    }
  }
  if (!hasGraph) throw invalidOnnx();
  const inputs = ports[11].filter((name) => !weights.has(name));
  return { nodes, weights, inputs, outputs: ports[12], metadata };
}

function nodeOf(bytes: Uint8Array): OnnxNode {
  const fields = [...fieldsOf(bytes)];
  const all = (number: number): Field[] => fields.filter((field) => field.number === number);
  const attribute = (name: string): Field[] => {
    const found = all(5).find(
      ({ value }) => typeof value !== 'number' && textAt(value, 1) === name,
    );
    return found && typeof found.value !== 'number' ? [...fieldsOf(found.value)] : [];
  };
  return {
    op: all(4).map(textOf).at(-1) ?? '',
    domain: all(7).map(textOf).at(-1) ?? '',
    inputs: all(1).map(textOf),
    outputs: all(2).map(textOf),
    integers: (name) =>
      attribute(name).flatMap((field) => ([3, 8].includes(field.number) ? integersOf(field) : [])),
    texts: (name) =>
      attribute(name).flatMap((field) => ([4, 9].includes(field.number) ? [textOf(field)] : [])),
  };
}

function textAt(message: Uint8Array, number: number): string {
  let found = '';
  for (const field of fieldsOf(message)) if (field.number === number) found = textOf(field);
  return found;
}

/** The shape of a tensor. */
function shapeOf(tensor: Uint8Array): number[] {
  const shape: number[] = [];
  for (const field of fieldsOf(tensor)) {
    if (field.number === 1) shape.push(...integersOf(field).map(Number));
  }
  return shape;
}

import { fieldsOf, invalidOnnx, textOf } from '../onnx-fields.ts';
import { bytesField, integerField } from './field-values.ts';

/**
 * Changes the end of a graph in the bytes of its file: nodes and outputs are left out and added, and everything else,
 * the weights above all, stays as it was written.
 */
export interface GraphChange {
  /** Nodes that are left out, by their place in the graph. */
  readonly withoutNodes?: ReadonlySet<number>;
  readonly withoutOutputs?: ReadonlySet<string>;
  /** Nodes that are added behind the others. */
  readonly nodes?: readonly NewNode[];
  /** float32 outputs that are added; what shape they have the graph tells. */
  readonly outputs?: readonly string[];
}

export interface NewNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: Readonly<Record<string, number | Float32Array>>;
}

/** The numbers of onnx.proto. */
const graphField = 7;
const types = { float32: 1 };
const attributeTypes = { integer: 2, tensor: 4 };

/** The bytes of the changed model. GLIMPSE_MODEL_INVALID when the bytes are no ONNX model. */
export function rewriteGraph(model: Uint8Array, change: GraphChange): Uint8Array {
  const before: Uint8Array[] = [];
  const graph: Uint8Array[] = [];
  for (const { number, value, bytes } of fieldsOf(model)) {
    if (number !== graphField || typeof value === 'number') before.push(bytes);
    else graph.push(value);
  }
  if (graph.length === 0) throw invalidOnnx();
  // A message in several pieces is the message of their fields.
  return Buffer.concat([...before, bytesField(graphField, changed(graph, change))]);
}

function changed(
  graph: readonly Uint8Array[],
  { withoutNodes, withoutOutputs, nodes = [], outputs = [] }: GraphChange,
): Uint8Array[] {
  const kept: Uint8Array[] = [];
  let place = -1;
  for (const piece of graph) {
    for (const { number, value, bytes } of fieldsOf(piece)) {
      if (number === 1) place += 1;
      const isLeftOut =
        number === 1
          ? withoutNodes?.has(place)
          : number === 12 && typeof value !== 'number' && withoutOutputs?.has(nameOf(value));
      if (isLeftOut !== true) kept.push(bytes);
    }
  }
  return [...kept, ...nodes.map(nodeField), ...outputs.map(outputField)];
}

function nameOf(port: Uint8Array): string {
  for (const field of fieldsOf(port)) if (field.number === 1) return textOf(field);
  return '';
}

function nodeField({ op, inputs, output, attributes = {} }: NewNode): Uint8Array {
  return bytesField(1, [
    ...inputs.map((name) => bytesField(1, name)),
    bytesField(2, output),
    bytesField(3, output),
    bytesField(4, op),
    ...Object.entries(attributes).map(([name, value]) => attributeField(name, value)),
  ]);
}

function attributeField(name: string, value: number | Float32Array): Uint8Array {
  const isInteger = typeof value === 'number';
  return bytesField(5, [
    bytesField(1, name),
    isInteger ? integerField(3, value) : bytesField(5, tensorOf(value)),
    integerField(20, isInteger ? attributeTypes.integer : attributeTypes.tensor),
  ]);
}

/** A list of numbers. */
function tensorOf(values: Float32Array): Uint8Array[] {
  const raw = Buffer.alloc(4 * values.length);
  values.forEach((value, place) => raw.writeFloatLE(value, 4 * place));
  return [integerField(1, values.length), integerField(2, types.float32), bytesField(9, [raw])];
}

function outputField(name: string): Uint8Array {
  const type = bytesField(1, [integerField(1, types.float32)]);
  return bytesField(12, [bytesField(1, name), bytesField(2, [type])]);
}

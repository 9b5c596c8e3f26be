import { sizeOf } from '../tensor.ts';
import type { ElementType, Graph, GraphNode, Value } from './graph.ts';

const bytesPerElement: Readonly<Record<ElementType, number>> = {
  float32: 4,
  float16: 2,
  uint8: 1,
  int8: 1,
  int64: 8,
  int32: 4,
  bool: 1,
};

/** These hand their first input on, under another shape. */
const views: ReadonlySet<string> = new Set(['Reshape', 'Identity']);

/** These may write over an input of the same size that nobody needs any more. */
const inPlace: ReadonlySet<string> = new Set([
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Min',
  'Max',
  'Neg',
  'Sqrt',
  'Exp',
  'Erf',
  'Where',
  'Relu',
  'Sigmoid',
  'Tanh',
  'Elu',
  'LeakyRelu',
  'HardSigmoid',
]);

/** How many bytes a value has. */
export function bytesOf({ shape, type }: Value): number {
  return sizeOf(shape) * bytesPerElement[type];
}

/**
 * The most bytes that values between the nodes of a graph hold at once, when its nodes run in order and each value goes
 * after its last use. What comes in, what goes out and what is written in the graph belongs to others.
 */
export function mostLiveBytes({ nodes, values, inputs, outputs, constants }: Graph): number {
  const owned = new Set([
    ...inputs.map(({ name }) => name),
    ...constants.map(({ value }) => value.name),
    ...outputs.map(({ value }) => value.name),
  ]);
  const roots = rootsOf(nodes);
  const rootOf = (name: string): string => roots.get(name) ?? name;
  const lastUse = new Map<string, number>();
  nodes.forEach(({ inputs: names }, index) => {
    for (const name of names) if (name !== '') lastUse.set(rootOf(name), index);
  });
  const held = new Map<string, number>();
  let live = 0;
  let most = 0;
  const free = (name: string): void => {
    live -= held.get(name) ?? 0;
    held.delete(name);
  };
  nodes.forEach((node, index) => {
    const ending = [...new Set(node.inputs.map(rootOf))].filter(
      (name) => lastUse.get(name) === index && held.has(name),
    );
    for (const name of node.outputs) {
      if (owned.has(name) || roots.has(name)) continue;
      const bytes = bytesOf(values.get(name)!);
      const over = inPlace.has(node.op) && ending.find((one) => held.get(one) === bytes);
      if (over) free(over);
      held.set(name, bytes);
      live += bytes;
    }
    most = Math.max(most, live);
    for (const name of ending) free(name);
    // What nobody takes goes at once.
    for (const name of node.outputs) if (!lastUse.has(rootOf(name))) free(name);
  });
  return most;
}

/** Of each view, the value that it is another shape of. */
function rootsOf(nodes: readonly GraphNode[]): Map<string, string> {
  const roots = new Map<string, string>();
  for (const { op, inputs, outputs } of nodes) {
    if (views.has(op)) roots.set(outputs[0]!, roots.get(inputs[0]!) ?? inputs[0]!);
  }
  return roots;
}

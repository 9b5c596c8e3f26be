import type { Graph, GraphNode } from '../neural/graph.ts';

/** Steps that move pixels and leave their levels as they are, more or less. */
const moving = ['Transpose', 'Reshape', 'Resize', 'Slice', 'Pad', 'Identity', 'Cast'];

/** Shares of white are at most 1 and have at most that much of a spread. */
const beyondShares = 2;
/** What brings 0..255 near to one. */
const toShares = 1 / 100;

/**
 * Whether a graph itself brings pixels of 0..255 to what its net was trained with: its first step divides by a number that
 * only levels are divided by, or subtracts one that no share of white reaches. Otherwise nobody but its author knows.
 */
export function takesLevels(graph: Graph, input: string): boolean {
  const constants = new Map(graph.constants.map(({ value, data }) => [value.name, data]));
  const greatest = (name: string | undefined): number | undefined => {
    const data = constants.get(name ?? '');
    if (!(data instanceof Float32Array)) return undefined;
    return data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  };
  let current = input;
  for (const node of stepsFrom(graph, current)) {
    if (!node.inputs.includes(current)) return false;
    const other = greatest(node.inputs.find((name) => name !== current));
    [current = ''] = node.outputs;
    if (moving.includes(node.op)) continue;
    if (other === undefined) return false;
    if (node.op === 'Mul') return other <= toShares;
    if (node.op === 'Div') return other > beyondShares;
    if (node.op !== 'Sub' && node.op !== 'Add') return false;
    if (other > beyondShares) return true;
  }
  return false;
}

/** The steps one after the other from a value on, as long as each is the only one that takes it. */
function* stepsFrom({ nodes }: Graph, from: string): Generator<GraphNode> {
  let current = from;
  for (;;) {
    const takers = nodes.filter(({ inputs }) => inputs.includes(current));
    const [only] = takers;
    if (!only || takers.length > 1) return;
    yield only;
    [current = ''] = only.outputs;
  }
}

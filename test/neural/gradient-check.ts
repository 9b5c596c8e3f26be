import { gradientsOf } from '../../src/neural/gradients.ts';
import { createGraph, type Graph, type Value } from '../../src/neural/graph.ts';
import { sumOver } from '../../src/neural/ops/reduction.ts';
import { multiply } from '../../src/neural/ops/arithmetic.ts';
import { serializeGraph } from '../../src/neural/serialize.ts';
import { createRandom } from '../../src/random.ts';
import {
  openGraphSession,
  type GraphSession,
  type GraphValue,
} from '../../src/runtime/graph-session.ts';
import { sizeOf } from '../../src/tensor.ts';

/**
 * Checks the gradients an op emits against central finite differences of its own forward pass. The
 * forward pass is float32, but the weighted sum of its outputs is taken in double, so only the change
 * of the few outputs that an input touches is rounded.
 */
export interface GradientCase {
  /** Shapes of the inputs to differentiate by. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly build: (graph: Graph, values: Readonly<Record<string, Value>>) => Value;
  /** Where the inputs are drawn from; by default ±1. */
  readonly draw?: (random: ReturnType<typeof createRandom>) => number;
  readonly epsilon?: number;
  readonly seed?: number;
}

/** The largest error of any gradient, relative to the size of its gradient (at least 1). */
export async function worstGradientError(example: GradientCase): Promise<number> {
  const random = createRandom(example.seed ?? 7);
  const draw = example.draw ?? ((source) => source.symmetric(1));
  const graph = createGraph();
  const names = Object.keys(example.inputs);
  const values = Object.fromEntries(
    names.map((name) => [name, graph.input(name, example.inputs[name]!)]),
  );
  const out = example.build(graph, values);
  const weights = Float32Array.from({ length: sizeOf(out.shape) }, () => random.symmetric(1));
  const weighted = multiply(graph, out, graph.constant(weights, out.shape));
  const loss = sumOver(
    graph,
    weighted,
    out.shape.map((_, axis) => axis),
  );
  const gradients = gradientsOf(graph, loss, Object.values(values));
  graph.output('out', out);
  names.forEach((name, index) => graph.output(`gradient of ${name}`, gradients[index]!));
  const session = await openGraphSession(serializeGraph(graph, 'check'), { threads: 1 });
  try {
    const feeds = Object.fromEntries(
      names.map((name) => [name, drawn(example.inputs[name]!, () => draw(random))]),
    );
    return await compare(session, feeds, weights, example.epsilon ?? 1e-2);
  } finally {
    await session.close();
  }
}

async function compare(
  session: GraphSession,
  feeds: Record<string, GraphValue & { data: Float32Array }>,
  weights: Float32Array,
  epsilon: number,
): Promise<number> {
  const claimed = await session.run(feeds);
  const weightedSum = async () => {
    const { out } = await session.run(feeds, ['out']);
    return floatsOf(out).reduce((sum, value, index) => sum + value * weights[index]!, 0);
  };
  let worst = 0;
  for (const [name, { data }] of Object.entries(feeds)) {
    const gradient = floatsOf(claimed[`gradient of ${name}`]);
    const size = Math.max(1, ...gradient.map(Math.abs));
    for (const [index, centre] of data.entries()) {
      const [above, below] = [Math.fround(centre + epsilon), Math.fround(centre - epsilon)];
      data[index] = above;
      const high = await weightedSum();
      data[index] = below;
      const low = await weightedSum();
      data[index] = centre;
      const measured = (high - low) / (above - below);
      worst = Math.max(worst, Math.abs(measured - gradient[index]!) / size);
    }
  }
  return worst;
}

/** The numbers of a float32 value. */
export function floatsOf(value: GraphValue | undefined): Float32Array {
  if (value?.type !== 'float32') throw new Error(`not float32 but ${value?.type}`);
  return value.data;
}

export function float32(dims: readonly number[], data: Float32Array) {
  return { type: 'float32', dims, data } as const;
}

function drawn(shape: readonly number[], next: () => number) {
  return float32(shape, Float32Array.from({ length: sizeOf(shape) }, next));
}

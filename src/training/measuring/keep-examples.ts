import { exampleAt } from '../../datasets/dataset.ts';
import { encodePng } from '../../image/encode-png.ts';
import type { InferenceGraph } from '../../neural/inference-graph.ts';
import { buildServedFeatures } from '../../neural/transfer/served-features.ts';
import type { Random } from '../../random.ts';
import {
  packExamples,
  type KeptExample,
  type KeptExamples,
} from '../../repository/kept-examples.ts';
import { floats, openGraphSession } from '../../runtime/graph-session.ts';
import { blocksOf, blockSizeFor, type Examples } from '../examples/batches.ts';

/** Training examples that are kept with a version, and how its manifest names them. */
export interface KeptSet {
  readonly described: KeptExamples;
  readonly bytes: Uint8Array;
}

const FILE = 'examples.bin';

/**
 * Some of the training examples with what the very graph that is served finds in them: `count` of them, of each class as many as of
 * the others as far as it has so many, drawn by `random`. Or why that graph has no features.
 */
export async function keepExamples(
  count: number,
  { model, input, output }: InferenceGraph,
  training: Examples,
  random: Random,
  signal: AbortSignal,
): Promise<KeptSet | { readonly fault: string }> {
  const { dataset, preprocessing } = training;
  const { channels, height, width } = dataset.shape;
  const shape = [channels, height, width] as const;
  const graph = buildServedFeatures({ model, input, output, shape });
  if ('fault' in graph) return graph;
  const indices = drawn(count, training, random);
  const part: Examples = { dataset, preprocessing, indices };
  const kept: KeptExample[] = [];
  // One thread: the same seed gives the same bytes on every machine of a kind.
  const session = await openGraphSession(graph.model, { threads: 1 });
  try {
    for (const block of blocksOf(part, blockSizeFor(part))) {
      signal.throwIfAborted();
      const dims = [block.indices.length, ...shape];
      const image = { type: 'float32', dims, data: block.examples } as const;
      const found = floats((await session.run({ [graph.input]: image }))[graph.output]);
      const size = found.length / block.indices.length;
      for (const [at, row] of block.indices.entries()) {
        const features = ofLengthOne(found.subarray(at * size, (at + 1) * size));
        const png = await encodePng(exampleAt(dataset, row).slice(), dataset.shape);
        kept.push({ label: dataset.labels[row]!, row, features, png });
      }
    }
  } finally {
    await session.close();
  }
  const described = { file: FILE, count: kept.length, features: kept[0]!.features.length };
  return { described, bytes: packExamples(kept) };
}

/** The class with the fewest that are left gives first, so that what it lacks is taken of the others. */
function drawn(count: number, { dataset, indices }: Examples, random: Random): Int32Array {
  const byClass = dataset.classes.map((): number[] => []);
  for (const index of random.shuffle(indices.slice())) byClass[dataset.labels[index]!]!.push(index);
  const chosen: number[] = [];
  const classes = byClass.toSorted((one, other) => one.length - other.length);
  for (const [at, own] of classes.entries()) {
    const share = Math.floor((count - chosen.length) / (classes.length - at));
    chosen.push(...own.slice(0, share));
  }
  return Int32Array.from(chosen).sort();
}

/** The same direction at length 1; zeros stay zeros. */
function ofLengthOne(features: Float32Array): Float32Array {
  const length = Math.sqrt(features.reduce((sum, value) => sum + value * value, 0));
  return length > 0 ? features.map((value) => value / length) : features.slice();
}

import { buildFeatureGraph } from '../../neural/transfer/join-graphs.ts';
import { floats, openGraphSession } from '../../runtime/graph-session.ts';
import { createStopwatch } from '../../stopwatch.ts';
import { blocksOf, blockSizeFor, type Examples, type Features } from '../examples/batches.ts';
import type { Backbone } from './backbone.ts';
import { adapterFor } from './images-for.ts';

export interface FeatureContext {
  /** How many threads may be kept busy. */
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly report: (event: { readonly type: 'note'; readonly note: string }) => void;
}

/** The examples that a head learns from and is chosen by. */
interface Learnt {
  readonly training: Examples;
  readonly validation: Examples;
}

/** The same examples with what a backbone finds in them, which is computed once for each; without one as they are. */
export async function withFeatures(
  backbone: Backbone | undefined,
  examples: Learnt,
  context: FeatureContext,
): Promise<Learnt> {
  if (!backbone) return examples;
  const { training, validation } = examples;
  const lap = createStopwatch();
  const isShared = validation.dataset === training.dataset;
  const parts = isShared ? [training, validation] : [training];
  const features = await featuresOf(backbone, parts, context);
  const others = isShared ? features : await featuresOf(backbone, [validation], context);
  const images = training.indices.length + validation.indices.length;
  const note = `It learns on top of ${backbone.name}, which found ${backbone.size} features in each of ${images} images in ${lap().toFixed(1)} s.`;
  context.report({ type: 'note', note });
  return {
    training: { ...training, features },
    validation: { ...validation, features: others },
  };
}

/** Of all the examples of one dataset. */
async function featuresOf(
  { body, size, ...backbone }: Backbone,
  parts: readonly Examples[],
  { threads, signal }: Omit<FeatureContext, 'report'>,
): Promise<Features> {
  const { dataset } = parts[0]!;
  const { channels, height, width } = dataset.shape;
  const graph = buildFeatureGraph(body, adapterFor(backbone, dataset.shape));
  const values = new Float32Array(dataset.labels.length * size);
  const session = await openGraphSession(graph.model, { threads });
  try {
    for (const part of parts) {
      for (const { indices, examples } of blocksOf(part, blockSizeFor(part))) {
        signal.throwIfAborted();
        const dims = [indices.length, channels, height, width];
        const image = { type: 'float32', dims, data: examples } as const;
        const found = floats((await session.run({ [graph.input]: image }))[graph.output]);
        indices.forEach((index, row) => {
          values.set(found.subarray(row * size, (row + 1) * size), index * size);
        });
        // The session blocks its thread: whoever wants to stop the run is heard between two blocks.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  } finally {
    await session.close();
  }
  return { size, values };
}

import { buildFeatureGraph } from '../../neural/transfer/join-graphs.ts';
import { exampleAt, type ImageShape } from '../../datasets/dataset.ts';
import { systemReasonOf } from '../../disk-errors.ts';
import type { Preprocessing } from '../../preprocessing/contract.ts';
import { floats, openGraphSession } from '../../runtime/graph-session.ts';
import { createStopwatch } from '../../stopwatch.ts';
import { blocksOf, blockSizeFor, type Examples, type Features } from '../examples/batches.ts';
import type { Backbone } from './backbone.ts';
import { adapterFor } from './images-for.ts';
import {
  digestOfPicture,
  openKeptFeatures,
  type FeaturePlace,
  type KeptFeatures,
} from './kept-features.ts';

export interface FeatureContext {
  /** How many threads may be kept busy. */
  readonly threads: number;
  /** Where what was found is kept for the next training on the same pictures; without it nowhere. */
  readonly keptIn?: FeaturePlace | undefined;
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
  const own = await featuresOf(backbone, parts, context);
  const others = isShared ? own : await featuresOf(backbone, [validation], context);
  const images = training.indices.length + validation.indices.length;
  const known = isShared ? own.known : own.known + others.known;
  const before = known === 0 ? '' : `; ${known} of them were known from an earlier training`;
  const note = `It learns on top of ${backbone.name}, which found ${backbone.size} features in each of ${images} images in ${lap().toFixed(1)} s${before}.`;
  context.report({ type: 'note', note });
  return {
    training: { ...training, features: own.features },
    validation: { ...validation, features: others.features },
  };
}

interface Found {
  readonly features: Features;
  /** In how many examples nothing had to be looked for. */
  readonly known: number;
}

/** Of all the examples of one dataset. */
async function featuresOf(
  backbone: Backbone,
  parts: readonly Examples[],
  context: FeatureContext,
): Promise<Found> {
  const { dataset, preprocessing } = parts[0]!;
  const { size } = backbone;
  const values = new Float32Array(dataset.labels.length * size);
  const kept =
    context.keptIn && (await openKept(backbone, preprocessing, dataset.shape, context.keptIn));
  const found = new Map<string, Float32Array>();
  let known = 0;
  const unknown = parts.map((part) => ({
    ...part,
    indices: part.indices.filter((index) => {
      const features = kept?.find(digestOfPicture(exampleAt(dataset, index)));
      if (!features) return true;
      values.set(features, index * size);
      known += 1;
      return false;
    }),
  }));
  await findIn(backbone, unknown, context, (index, features) => {
    values.set(features, index * size);
    if (kept) found.set(digestOfPicture(exampleAt(dataset, index)), features.slice());
  });
  await kept?.keep(found).catch((error: unknown) => {
    const note = `What was found in its images is not kept for the next training: ${systemReasonOf(error)}`;
    context.report({ type: 'note', note });
  });
  return { features: { size, values }, known };
}

/** The same pictures mean the same features only as long as all of this is the same. */
function openKept(
  { digest, body, size }: Backbone,
  preprocessing: Preprocessing,
  shape: ImageShape,
  place: FeaturePlace,
): Promise<KeptFeatures> {
  return openKeptFeatures(place, [digest, body.features, preprocessing, shape], size);
}

/** Runs the backbone on examples, block by block. */
async function findIn(
  { body, size, ...backbone }: Backbone,
  parts: readonly Examples[],
  { threads, signal }: Pick<FeatureContext, 'threads' | 'signal'>,
  onFeatures: (index: number, features: Float32Array) => void,
): Promise<void> {
  if (parts.every(({ indices }) => indices.length === 0)) return;
  const { shape } = parts[0]!.dataset;
  const { channels, height, width } = shape;
  const graph = buildFeatureGraph(body, adapterFor(backbone, shape));
  const session = await openGraphSession(graph.model, { threads });
  try {
    for (const part of parts) {
      for (const { indices, examples } of blocksOf(part, blockSizeFor(part))) {
        signal.throwIfAborted();
        const dims = [indices.length, channels, height, width];
        const image = { type: 'float32', dims, data: examples } as const;
        const found = floats((await session.run({ [graph.input]: image }))[graph.output]);
        indices.forEach((index, row) => {
          onFeatures(index, found.subarray(row * size, (row + 1) * size));
        });
        // The session blocks its thread: whoever wants to stop the run is heard between two blocks.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  } finally {
    await session.close();
  }
}

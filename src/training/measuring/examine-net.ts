import type { ImagePreparer } from '../../image/prepare-image.ts';
import { buildInferenceGraph, type InferenceGraph } from '../../neural/inference-graph.ts';
import type { Metrics } from '../../repository/manifest.ts';
import { handwritingGate, type Gate } from '../../signature.ts';
import type { ResolvedLayer } from '../../neural/layers/kinds.ts';
import type { Examples } from '../examples/batches.ts';
import type { ChosenExamples } from '../examples/choose.ts';
import { collectLogits, measure, openServedGraph, type Infer } from './evaluate.ts';
import { encodeExamples, readGoldenFolder, chooseGolden, type GoldenSet } from './golden.ts';
import { chooseMinScore, fitTemperature } from './temperature.ts';

export interface ExamineContext {
  readonly images: ImagePreparer;
  readonly goldenDir?: string;
  readonly signal: AbortSignal;
}

/** A trained net as it will be served, with what was found out about it. */
export interface ExaminedNet {
  readonly graph: InferenceGraph;
  readonly metrics: Metrics;
  /** The thresholds of its warnings. */
  readonly gate: Gate;
  readonly golden: GoldenSet;
}

/** A net whose parameters are found. */
export interface TrainedParameters {
  readonly layers: readonly ResolvedLayer[];
  /** [channels, height, width] of one example. */
  readonly inputShape: readonly number[];
  /** State values by name. */
  readonly values: ReadonlyMap<string, Float32Array>;
  /** Of one run of the graph. */
  readonly threads: number;
}

/** Calibrates a trained net, measures the very graph that will be served, takes its golden samples. */
export async function examineNet(
  { layers, inputShape, values, threads }: TrainedParameters,
  chosen: ChosenExamples,
  context: ExamineContext,
): Promise<ExaminedNet> {
  const build = (temperature: number) =>
    buildInferenceGraph({ layers, inputShape, values, temperature });
  const { temperature, gate } = await withServed(build(1), inputShape, threads, (infer) =>
    calibrate(infer, chosen.validation, context.signal),
  );
  const graph = build(temperature);
  return withServed(graph, inputShape, threads, async (infer) => ({
    graph,
    gate,
    metrics: { ...(await measureHeldOut(infer, chosen, context.signal)), temperature },
    golden: await goldenOf(infer, chosen, context),
  }));
}

async function withServed<Result>(
  graph: InferenceGraph,
  inputShape: readonly number[],
  threads: number,
  use: (infer: Infer) => Promise<Result>,
): Promise<Result> {
  const served = await openServedGraph(graph, inputShape, threads);
  try {
    return await use(served.infer);
  } finally {
    await served.close();
  }
}

/** Temperature and thresholds, chosen by the validation examples: the test examples stay unseen. */
async function calibrate(
  infer: Infer,
  validation: Examples,
  signal: AbortSignal,
): Promise<{ temperature: number; gate: Gate }> {
  const examples = await collectLogits(infer, validation, signal);
  const temperature = fitTemperature(examples);
  const minScore = chooseMinScore(examples, temperature);
  return {
    temperature,
    gate: {
      ...(validation.preprocessing.canonicalise === 'handwriting' && handwritingGate),
      ...(minScore !== undefined && { minScore }),
    },
  };
}

/** On test examples; without any on validation examples, and without those on training examples. */
async function measureHeldOut(
  infer: Infer,
  { training, validation, test, testDescription }: ChosenExamples,
  signal: AbortSignal,
): Promise<Metrics> {
  const [examples, measuredOn] =
    test.indices.length > 0
      ? [test, testDescription]
      : validation.indices.length > 0
        ? [validation, 'validation examples, which choices were made by']
        : [training, 'the very examples it was trained on'];
  const figures = await measure(infer, examples, signal);
  return { ...figures, measuredOn };
}

async function goldenOf(
  infer: Infer,
  { training, validation, test }: ChosenExamples,
  { images, goldenDir, signal }: ExamineContext,
): Promise<GoldenSet> {
  const { dataset, preprocessing } = training;
  const { classes } = dataset;
  const unseen = [test, validation].find(({ indices }) => indices.length > 0) ?? training;
  const candidates =
    goldenDir === undefined
      ? await encodeExamples(unseen)
      : await readGoldenFolder(goldenDir, classes);
  return chooseGolden(candidates, { images, infer, preprocessing, classes, signal });
}

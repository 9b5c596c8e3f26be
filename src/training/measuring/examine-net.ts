import type { ImagePreparer } from '../../image/prepare-image.ts';
import { buildInferenceGraph, type InferenceGraph } from '../../neural/inference-graph.ts';
import type { Baseline } from '../../repository/baseline.ts';
import type { Metrics } from '../../repository/manifest.ts';
import { openOnnxRuntime } from '../../runtime/onnx-runtime.ts';
import type { Quantisation } from '../../repository/figures/quantisation.ts';
import type { QuantisationGate } from '../quantising/quantisation-gate.ts';
import { quantiseNet } from '../quantising/quantise-net.ts';
import { handwritingGate, type Gate, type Signature } from '../../signature.ts';
import type { ResolvedLayer } from '../../neural/layers/kinds.ts';
import type { Backbone } from '../transfer/backbone.ts';
import { adapterFor } from '../transfer/images-for.ts';
import { inputShapeOf, type Examples } from '../examples/batches.ts';
import type { Dataset } from '../../datasets/dataset.ts';
import { joinHead } from '../../neural/transfer/join-graphs.ts';
import type { ChosenExamples } from '../examples/choose.ts';
import { watchAnswers } from './baseline.ts';
import { collectLogits, measure, openServedGraph, type Infer } from './evaluate.ts';
import { encodeExamples, readGoldenFolder, chooseGolden, type GoldenSet } from './golden.ts';
import { measureServed, servedMetrics, type ServedFigures } from './measure-served.ts';
import { isBeyondChance, servedGap } from './served-gap.ts';
import { worstMistakes, type Mistakes } from './mistakes.ts';
import type { OpenServingPath } from './serving-path.ts';
import { chooseDoubt } from './doubt.ts';
import { fitTemperature, type LabelledLogits } from './temperature.ts';

export interface ExamineContext {
  readonly images: ImagePreparer;
  readonly openServingPath: OpenServingPath;
  readonly goldenDir?: string;
  readonly signal: AbortSignal;
}

/** A trained net as it will be served, with what was found out about it. */
export interface ExaminedNet {
  readonly graph: InferenceGraph;
  readonly signature: Signature;
  readonly metrics: Metrics;
  /** The thresholds of its warnings. */
  readonly gate: Gate;
  readonly golden: GoldenSet;
  readonly baseline: Baseline;
  /** Where it computes in eight bits. */
  readonly quantisation?: Quantisation;
  /** What the owner of the net should know. */
  readonly notes: readonly string[];
}

/** How a net is served. */
export interface ServingPlan {
  /** In eight bits, where it is not worse than that. */
  readonly quantise: QuantisationGate | undefined;
  /** The share of images that may be answered wrongly without a warning, where one was asked for. */
  readonly maxError?: number | undefined;
}

/** How nets that had not learnt them scored the training examples, where there are few others. */
export interface CrossValidated extends LabelledLogits {
  readonly folds: number;
}

/** A net whose parameters are found. */
export interface TrainedParameters extends ServingPlan {
  readonly crossValidated?: CrossValidated | undefined;
  readonly layers: readonly ResolvedLayer[];
  /** [channels, height, width] of one example. */
  readonly inputShape: readonly number[];
  /** State values by name. */
  readonly values: ReadonlyMap<string, Float32Array>;
  /** Of one run of the graph. */
  readonly threads: number;
  /** What its layers stand on; undefined: they take images themselves. */
  readonly backbone?: Backbone | undefined;
}

/**
 * Calibrates a trained net, measures the very graph that will be served, takes its golden samples. Rejects with
 * GLIMPSE_SERVED_GAP when images are answered worse than the examples they show.
 */
export async function examineNet(
  model: string,
  net: TrainedParameters,
  chosen: ChosenExamples,
  context: ExamineContext,
): Promise<ExaminedNet & { readonly mistakes: Mistakes }> {
  const { threads } = net;
  const form = await servedForm(net, chosen, context.signal);
  const { signature, build, notes, quantisation } = form;
  const inputShape = signature.input.shape;
  const { temperature, gate, doubts } = await withServed(
    await build(1),
    inputShape,
    threads,
    (infer) => calibrate(infer, chosen.validation, net, context.signal),
  );
  const graph = await build(temperature);
  return withServed(graph, inputShape, threads, async (infer) => {
    const { examples, measuredOn } = heldOutOf(chosen);
    const watched = watchAnswers(infer, signature.classes.length);
    const figures = await measure(watched.infer, examples, context.signal);
    const draft = { model, graph, signature, gate, threads };
    const served = await sendThrough(draft, infer, examples, chosen, context);
    if (isBeyondChance(served.comparison)) throw servedGap(served, chosen.training.preprocessing);
    const { accuracy } = figures;
    return {
      graph,
      signature,
      gate,
      metrics: { ...figures, ...servedMetrics(accuracy, served), measuredOn, temperature },
      golden: await goldenOf(infer, chosen, context),
      baseline: watched.baseline(examples, served.contrasts, chosen.provenance),
      ...(quantisation && { quantisation }),
      notes: [...notes, ...doubts],
      mistakes: worstMistakes(examples, watched.answers),
    };
  });
}

/** The graph that a net is served as, with its logits divided by a temperature. */
interface ServedForm {
  readonly signature: Signature;
  readonly build: (temperature: number) => InferenceGraph | Promise<InferenceGraph>;
  readonly quantisation?: Quantisation;
  readonly notes: readonly string[];
}

/** In eight bits where that is asked for and as good, else as it was trained. */
async function servedForm(
  { layers, inputShape, values, quantise, backbone }: TrainedParameters,
  chosen: ChosenExamples,
  signal: AbortSignal,
): Promise<ServedForm> {
  const { training } = chosen;
  const build = (temperature: number): InferenceGraph => {
    const graph = buildInferenceGraph({ layers, inputShape, values, temperature });
    return backbone ? onBackbone(backbone, graph, training.dataset) : graph;
  };
  const signature = signatureOf(build(1), inputShapeOf(training), training.dataset.classes);
  if (!quantise) return { signature, build, notes: [] };
  const { examples: heldOut } = heldOutOf(chosen);
  const quantised = await quantiseNet({
    build,
    signature,
    training,
    heldOut,
    gate: quantise,
    signal,
  });
  return 'refusal' in quantised
    ? { signature, build, notes: [quantised.refusal] }
    : { ...quantised, signature, notes: [] };
}

/** One graph of a backbone and what was trained on top of it. */
function onBackbone(backbone: Backbone, head: InferenceGraph, dataset: Dataset): InferenceGraph {
  const adapter = adapterFor(backbone, dataset.shape);
  return joinHead(backbone.body, head, dataset.classes.length, adapter);
}

/** What is served, before it is a version. */
interface ServedDraft {
  readonly model: string;
  readonly graph: InferenceGraph;
  readonly signature: Signature;
  readonly gate: Gate;
  readonly threads: number;
}

/** Examples as images, through the path that will serve them. */
async function sendThrough(
  { model, graph, signature, gate, threads }: ServedDraft,
  infer: Infer,
  measured: Examples,
  { training, validation, test, encoded }: ChosenExamples,
  { openServingPath, signal }: ExamineContext,
): Promise<ServedFigures> {
  const { preprocessing } = training;
  const others = [test, validation, training].filter((examples) => examples !== measured);
  const runtime = await openOnnxRuntime({ file: graph.model, signature, threads });
  try {
    const open = () => openServingPath({ model, signature, preprocessing, gate, runtime });
    return await measureServed(infer, open, { measured, others, encoded }, signal);
  } finally {
    await runtime.close();
  }
}

function signatureOf(
  { input, output }: InferenceGraph,
  inputShape: readonly number[],
  classes: readonly string[],
): Signature {
  return {
    input: { name: input, dtype: 'float32', layout: 'NCHW', shape: [...inputShape] },
    output: { name: output, kind: 'logits' },
    classes: [...classes],
  };
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
  { maxError, crossValidated }: Pick<TrainedParameters, 'maxError' | 'crossValidated'>,
  signal: AbortSignal,
): Promise<{ temperature: number; gate: Gate; doubts: readonly string[] }> {
  const examples = crossValidated ?? (await collectLogits(infer, validation, signal));
  const temperature = fitTemperature(examples);
  const folds = crossValidated?.folds;
  const { gate, notes: doubts } = chooseDoubt(examples, temperature, { maxError, folds });
  const ink = validation.preprocessing.canonicalise === 'handwriting' ? handwritingGate : {};
  return { temperature, gate: { ...ink, ...gate }, doubts };
}

/** Test examples; without any validation examples, and without those training examples. */
function heldOutOf({ training, validation, test, testDescription }: ChosenExamples) {
  if (test.indices.length > 0) return { examples: test, measuredOn: testDescription };
  return validation.indices.length > 0
    ? { examples: validation, measuredOn: 'validation examples, which choices were made by' }
    : { examples: training, measuredOn: 'the very examples it was trained on' };
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

import type { Random } from '../random.ts';
import { buildInferenceGraph } from '../neural/inference-graph.ts';
import { sizeOf } from '../tensor.ts';
import type { Examples, Outliers } from './examples/batches.ts';
import { foldsOf, type Groups } from './examples/groups.ts';
import { fit } from './fit.ts';
import { collectLogits, openServedGraph } from './measuring/evaluate.ts';
import type { CrossValidated } from './measuring/examine-net.ts';
import { resolveNet, type NetPlan } from './resolve-net.ts';
import type { StartedNet } from './start-from.ts';

/** With fewer validation examples a mistake in a hundred cannot be promised: see doubt.ts. */
const ENOUGH = 100;
/** Nets that are trained beside: each learns from four fifths of the examples. */
const FOLDS = 5;
/** With fewer even all of them could not promise it. */
const LEAST = 100;
/** Beyond this much work, in numbers that layers put out for all examples in all epochs, it would take minutes. */
const MOST_WORK = 4e9;

export interface CrossValidation {
  readonly net: NetPlan;
  readonly learnt: Examples;
  readonly validation: Examples;
  /** What no fold parts: a net that has learnt a frame of a scene is surer of the next one than of any other image. */
  readonly findTogether: () => Promise<Groups>;
  readonly outliers: Outliers | undefined;
  readonly started: StartedNet | undefined;
  /** After which the parameters that are served were taken. */
  readonly epochs: number;
  readonly random: Random;
  readonly threads: number;
  readonly signal: AbortSignal;
}

/**
 * Scores the training examples by nets that had not learnt them, where there are too few validation examples to
 * choose thresholds by, and little to compute: k-fold cross-validation. Undefined elsewhere. The version is served
 * by a net that has learnt from all examples, and is a little better than these, so thresholds err on the safe side.
 */
export async function crossValidate(plan: CrossValidation): Promise<CrossValidated | undefined> {
  const { learnt, validation, started, random } = plan;
  const { dataset, indices } = learnt;
  if (validation.indices.length >= ENOUGH || indices.length < LEAST) return undefined;
  // A net that starts from a version may have learnt all of them there.
  if (started !== undefined) return undefined;
  if (workOf(plan) * FOLDS > MOST_WORK) return undefined;
  const order = random.fork('folds').shuffle(indices.slice());
  const folds = foldsOf(order, await plan.findTogether(), FOLDS);
  if (folds.some((fold) => fold.length === 0)) return undefined;
  const classes = dataset.classes.length;
  const logits = new Float32Array(order.length * classes);
  const labels = new Int32Array(order.length);
  let done = 0;
  for (const [fold, apart] of folds.entries()) {
    const isApart = new Set(apart);
    const others = order.filter((index) => !isApart.has(index));
    const scored = await scoreApart(plan, others, apart, random.fork(`fold ${fold}`));
    logits.set(scored.logits, done * classes);
    labels.set(Array.from(scored.labels), done);
    done += apart.length;
  }
  return { logits, labels, classes, folds: FOLDS };
}

async function scoreApart(
  { net, learnt, outliers, started, threads, epochs, signal }: CrossValidation,
  others: Int32Array,
  apart: Int32Array,
  random: Random,
) {
  const some = { ...learnt, indices: others };
  const { trainer } = resolveNet(
    { ...net, epochs },
    { learnt: some, outliers, started, random, threads },
  );
  const nothing = { ...learnt, indices: new Int32Array() };
  const { values } = await fit({
    trainer,
    validation: nothing,
    earlyStopping: undefined,
    signal,
    report: () => {},
  });
  const { layers, inputShape } = trainer;
  const graph = buildInferenceGraph({ layers, inputShape, values });
  const served = await openServedGraph(graph, inputShape, trainer.threads);
  try {
    return await collectLogits(served.infer, { ...learnt, indices: apart }, signal);
  } finally {
    await served.close();
  }
}

/** Of one net. */
function workOf({ net, learnt, outliers, started, epochs, random, threads }: CrossValidation) {
  const { trainer } = resolveNet(net, { learnt, outliers, started, random, threads });
  const perExample = trainer.layers.reduce((sum, layer) => sum + sizeOf(layer.outputShape), 0);
  return perExample * trainer.batches.rows * epochs;
}

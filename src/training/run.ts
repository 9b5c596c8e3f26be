import { systemReasonOf } from '../disk-errors.ts';
import { canonicalJson } from '../json.ts';
import { createRandom, type Random } from '../random.ts';
import { wilsonInterval } from '../repository/figures/interval.ts';
import { createStopwatch } from '../stopwatch.ts';
import { decideRequest } from './auto/decide-request.ts';
import { crossValidate } from './cross-validate.ts';
import type { TrainOutcome } from './events.ts';
import { chooseExamples, type ChosenExamples } from './examples/choose.ts';
import { keepFinishedNet, newWriterId, openPublishing, readFinishedNet } from './finished-net.ts';
import type { FinishedNet } from './finished-net.ts';
import { fitRun } from './fit-run.ts';
import { lineageOf } from './lineage.ts';
import { examineNet, type ExaminedNet } from './measuring/examine-net.ts';
import { keepExamples } from './measuring/keep-examples.ts';
import { tellMistakes } from './measuring/mistakes.ts';
import { findPredecessor, type Predecessor } from './predecessor.ts';
import { planRun, type RunPlan } from './plan-run.ts';
import { tryNet } from './publish.ts';
import type { RunContext } from './run-context.ts';
import { areThose, notPublished, releaseNet, type ReadExamples } from './release-net.ts';
import { labelsOf, type ResolvedTrainRequest } from './request.ts';
import { openBackbone } from './transfer/backbone.ts';

/**
 * One run: dataset -> split -> epochs -> evaluate -> publish. A net that was finished here before is only published.
 * Rejects with the signal's reason; with GLIMPSE_NOT_PUBLISHED when the net is kept in `finishedDir`.
 */
export async function runTraining(
  request: ResolvedTrainRequest,
  context: RunContext,
): Promise<TrainOutcome> {
  const kept = await readKept(request, context);
  if (kept) return publishKept(kept, context);
  const { repository, signal, report } = context;
  const { model, publish } = request;
  // Before hours of training, not after them.
  await repository.tryPublishing(model, labelsOf(publish), signal);
  const predecessor = await findPredecessor(repository, model, signal);
  const decided = await decideRequest(request, predecessor, context);
  const backbone = await openBackbone(decided, context);
  const plan = planRun(decided, context.uploads, predecessor, backbone);
  const { examples, ...trained } = await trainNet(plan, predecessor, context);
  const finished = { request, decided, writerId: newWriterId(), ...trained };
  await tryNet(plan.publication, finished.net, context);
  const isKept = await keep(finished, context);
  const folder = isKept ? context.finishedDir : undefined;
  report({ type: 'stage', stage: 'publishing' });
  return publishFinished(plan, finished, async () => examples, folder, context);
}

/** Reads, trains and examines: all of a run that needs no repository. */
async function trainNet(
  plan: RunPlan,
  predecessor: Predecessor | undefined,
  context: RunContext,
): Promise<
  Omit<FinishedNet, 'request' | 'decided' | 'writerId'> & { readonly examples: ChosenExamples }
> {
  const { signal, report } = context;
  const run = await fitRun(plan, predecessor, context);
  const { examples, validation, made, parameters, trainer, fitted, timings } = run;
  const { preprocessing } = examples.training;
  const { backbone } = plan;
  const lap = createStopwatch();
  report({ type: 'stage', stage: 'evaluating' });
  const { model } = plan.publication;
  const epochs = fitted.bestEpoch ?? fitted.history.length;
  const chance = made.random.fork('folds');
  const { findTogether } = examples;
  const folds = {
    ...made,
    net: plan.net,
    validation,
    findTogether,
    epochs,
    random: chance,
    signal,
  };
  const crossValidated = await crossValidate(folds);
  const { values } = fitted;
  const trainedNet = { ...trainer, ...plan.serving, values, crossValidated, backbone };
  const { mistakes, ...examined } = await examineNet(model, trainedNet, examples, context);
  await tellMistakes(mistakes, context);
  const kept = await keptOf(plan, examined, examples, made.random.fork('kept'), signal);
  const learnt = { ...fitted, parameters, outliers: made.outliers, backbone };
  const lineage = lineageOf(plan.recipe, examples.report, learnt, context);
  const { digest, evaluationDigest } = examples.report;
  return {
    examples,
    net: {
      ...withOwnInterval(examined, examples),
      preprocessing,
      lineage,
      ...(kept && 'bytes' in kept && { kept }),
    },
    digests: {
      dataset: digest,
      ...(evaluationDigest !== undefined && { evaluation: evaluationDigest }),
    },
    notes: [
      ...plan.notes,
      ...examined.notes,
      ...examined.golden.notes,
      ...(kept && 'fault' in kept ? [`None of its examples are kept: ${kept.fault}.`] : []),
    ],
    timings: { ...timings, evaluate: lap() },
  };
}

/** Examples to keep with a net, where that is asked for; or why none can be. */
async function keptOf(
  { keepExamples: count }: RunPlan,
  { graph }: ExaminedNet,
  { training }: ChosenExamples,
  random: Random,
  signal: AbortSignal,
): Promise<Awaited<ReturnType<typeof keepExamples>> | undefined> {
  return count === undefined ? undefined : keepExamples(count, graph, training, random, signal);
}

/** Frames of one scene are right or wrong together: the interval of an accuracy counts scenes where it was measured by such. */
function withOwnInterval(examined: ExaminedNet, { test, testUnits }: ChosenExamples): ExaminedNet {
  const { accuracy = 0, examples } = examined.metrics;
  if (examples !== test.indices.length || testUnits === examples) return examined;
  const accuracyInterval = wilsonInterval(accuracy, testUnits);
  return { ...examined, metrics: { ...examined.metrics, accuracyInterval } };
}

/** The net that the same request has finished here before. */
async function readKept(
  request: ResolvedTrainRequest,
  { finishedDir }: RunContext,
): Promise<FinishedNet | undefined> {
  const kept = finishedDir === undefined ? undefined : await readFinishedNet(finishedDir);
  return kept && canonicalJson(kept.request) === canonicalJson(request) ? kept : undefined;
}

/** Whether the net is safe on the disk of this machine; one that is not is published all the same. */
async function keep(finished: FinishedNet, { finishedDir, report }: RunContext): Promise<boolean> {
  if (finishedDir === undefined) return false;
  try {
    await keepFinishedNet(finishedDir, finished);
    report({ type: 'finished' });
    return true;
  } catch (error) {
    const note = `The net cannot be kept on this machine while it is published: ${systemReasonOf(error)}`;
    report({ type: 'note', note });
    return false;
  }
}

/** Publishes what an earlier run has finished; its examples are read again, to compare it by them. */
export async function publishKept(
  finished: FinishedNet,
  context: RunContext,
): Promise<TrainOutcome> {
  const { request, decided = request, net } = finished;
  const { report, finishedDir } = context;
  const inherited = { version: 0, preprocessing: net.preprocessing };
  const backbone = await openBackbone(decided, context);
  const plan = planRun(decided, context.uploads, inherited, backbone);
  let examples: ChosenExamples | undefined;
  report({ type: 'finished' });
  report({ type: 'stage', stage: 'publishing' });
  const readExamples = async (): Promise<ChosenExamples> => {
    examples ??= await chooseExamples(plan.data, context, createRandom(plan.seed));
    if (areThose(finished, examples)) return examples;
    throw new Error('its dataset is not the same any more');
  };
  return publishFinished(plan, finished, readExamples, finishedDir, context);
}

async function publishFinished(
  plan: RunPlan,
  finished: FinishedNet,
  readExamples: ReadExamples,
  folder: string | undefined,
  context: RunContext,
): Promise<TrainOutcome> {
  const publishing = await openPublishing(folder, finished.writerId);
  try {
    return await releaseNet(plan, finished, readExamples, publishing, context);
  } catch (error) {
    context.signal.throwIfAborted();
    throw folder === undefined ? error : notPublished(error, publishing);
  }
}

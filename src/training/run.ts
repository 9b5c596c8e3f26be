import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { DatasetOpener } from '../datasets/open.ts';
import type { DatasetReport } from '../datasets/report.ts';
import type { UploadedFile } from '../datasets/spec.ts';
import { systemReasonOf } from '../disk-errors.ts';
import type { ImagePreparer } from '../image/prepare-image.ts';
import { canonicalJson } from '../json.ts';
import type { LoadRuntime } from '../loading/load-model.ts';
import type { Trust } from '../loading/trust.ts';
import { createRandom } from '../random.ts';
import { wilsonInterval } from '../repository/figures/interval.ts';
import type { Repository } from '../repository/repository.ts';
import { createStopwatch } from '../stopwatch.ts';
import { crossValidate } from './cross-validate.ts';
import { checkpointFile, createCheckpoints } from './checkpoint.ts';
import type { TrainEvent, TrainOutcome } from './events.ts';
import { chooseExamples, type ChosenExamples } from './examples/choose.ts';
import { keepFinishedNet, newWriterId, openPublishing, readFinishedNet } from './finished-net.ts';
import type { FinishedNet } from './finished-net.ts';
import { checkFitPlan, fit } from './fit.ts';
import { lineageOf } from './lineage.ts';
import { examineNet, type ExaminedNet } from './measuring/examine-net.ts';
import { tellMistakes } from './measuring/mistakes.ts';
import type { OpenServingPath } from './measuring/serving-path.ts';
import { compareWithPredecessor, findPredecessor, type Predecessor } from './predecessor.ts';
import { planRun, type RunPlan } from './plan-run.ts';
import { tryNet } from './publish.ts';
import { areThose, notPublished, releaseNet, type ReadExamples } from './release-net.ts';
import { labelsOf, type ResolvedTrainRequest } from './request.ts';
import { chooseOutliers } from './outliers/choose-outliers.ts';
import { layersOf, resolveNet } from './resolve-net.ts';
import { startFrom, startNote } from './start-from.ts';
import { openBackbone } from './transfer/backbone.ts';
import { withFeatures } from './transfer/features.ts';

export interface RunContext {
  readonly repository: Repository;
  readonly datasets: DatasetOpener;
  readonly images: ImagePreparer;
  /** Opens a version at rest, off this thread, so that this one hears when it is to stop. */
  readonly loadRuntime: LoadRuntime;
  /** The code that answers POST /predict, for what is measured through it. */
  readonly openServingPath: OpenServingPath;
  /** What is trained here is remembered, so that it may run inside of this server's process. */
  readonly trust: Trust;
  readonly uploads: readonly UploadedFile[];
  /** A folder of this run's own: downloads and checkpoints. */
  readonly jobDir: string;
  /** Where a finished net is kept until it is published; without it only in memory. */
  readonly finishedDir?: string;
  /** How long publishing is tried again while the repository does not answer. */
  readonly publishRetryMs: number;
  /** Names the run in the lineage; a resumed job keeps its name. */
  readonly job?: string;
  /** The command line that trains the same again. */
  readonly command?: string;
  /** A folder of images to make golden samples of; without it held-out examples are taken. */
  readonly goldenDir?: string;
  /** Keeps a picture (PNG) of what was answered wrongly; without it none is drawn. */
  readonly saveSheet?: (png: Buffer) => Promise<void>;
  readonly codeVersion: string;
  /** Where the backbone that comes with the program lies. */
  readonly backboneDir: string;
  /** How many threads the run may keep busy. */
  readonly threads: number;
  /** How often the run is saved, to go on from there; without it never. */
  readonly checkpointIntervalMs?: number;
  /** The file it is saved in; without it one in `jobDir`. */
  readonly checkpoint?: string;
  readonly signal: AbortSignal;
  readonly report: (event: TrainEvent) => void;
}

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
  const backbone = await openBackbone(request, context);
  const plan = planRun(request, context.uploads, predecessor, backbone);
  const { examples, ...trained } = await trainNet(plan, predecessor, context);
  const finished = { request, writerId: newWriterId(), ...trained };
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
): Promise<Omit<FinishedNet, 'request' | 'writerId'> & { readonly examples: ChosenExamples }> {
  const { threads, signal, report } = context;
  const random = createRandom(plan.seed);
  const lap = createStopwatch();
  report({ type: 'stage', stage: 'reading' });
  const examples = await chooseExamples(plan.data, context, random);
  report({ type: 'dataset', dataset: examples.report });
  const { preprocessing } = examples.training;
  checkFitPlan(plan.fit, examples.validation);
  const { start, backbone } = plan;
  const { training, validation } = await withFeatures(backbone, examples, context);
  const started =
    start && (await startFrom(start, layersOf(plan.net, training), context.repository, signal));
  const outliers = await chooseOutliers(plan.outliers, training, context, random.fork('outliers'));
  const made = { learnt: training, outliers, started, random, threads };
  const { parameters, trainer } = resolveNet(plan.net, made);
  const compared = compareWithPredecessor(predecessor, preprocessing);
  const beside = [...(outliers ? [outliers.note] : []), ...(start ? [startNote(start)] : [])];
  for (const note of [...examples.doubts, ...compared, ...beside]) report({ type: 'note', note });
  const checkpoints = openCheckpoints(plan.requestText, examples.report, context, outliers?.digest);
  const from = await checkpoints?.load();
  const history = [...(from?.history ?? [])];
  report({ type: 'net', parameters, stepsPerEpoch: trainer.batches.perEpoch, history });
  const read = lap();

  report({ type: 'stage', stage: 'training' });
  const fitting = { ...plan.fit, trainer, validation, signal, report };
  const fitted = await fit({ ...fitting, ...(checkpoints && { checkpoints }) }, from);
  const train = lap();

  report({ type: 'stage', stage: 'evaluating' });
  const { model } = plan.publication;
  const epochs = fitted.bestEpoch ?? fitted.history.length;
  const chance = random.fork('folds');
  const folds = { ...made, net: plan.net, validation, epochs, random: chance, signal };
  const crossValidated = await crossValidate(folds);
  const { values } = fitted;
  const trainedNet = { ...trainer, ...plan.serving, values, crossValidated, backbone };
  const { mistakes, ...examined } = await examineNet(model, trainedNet, examples, context);
  await tellMistakes(mistakes, context);
  const learnt = { ...fitted, parameters, outliers, backbone };
  const lineage = lineageOf(plan.recipe, examples.report, learnt, context);
  const { digest, evaluationDigest } = examples.report;
  return {
    examples,
    net: { ...withOwnInterval(examined, examples), preprocessing, lineage },
    digests: {
      dataset: digest,
      ...(evaluationDigest !== undefined && { evaluation: evaluationDigest }),
    },
    notes: [...plan.notes, ...examined.notes, ...examined.golden.notes],
    timings: { read, train, evaluate: lap() },
  };
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
  const { request, net } = finished;
  const { report, finishedDir } = context;
  const inherited = { version: 0, preprocessing: net.preprocessing };
  const backbone = await openBackbone(request, context);
  const plan = planRun(request, context.uploads, inherited, backbone);
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

/** Checkpoints that only the same request on the same data by the same code goes on from. */
function openCheckpoints(
  requestText: string,
  { digest, evaluationDigest }: DatasetReport,
  { checkpointIntervalMs, checkpoint, codeVersion, jobDir, report }: RunContext,
  outliers: string | undefined,
) {
  if (checkpointIntervalMs === undefined) return undefined;
  const key = createHash('sha256')
    .update(JSON.stringify([requestText, digest, evaluationDigest, codeVersion, outliers]))
    .digest('hex');
  const onProblem = (problem: string): void => report({ type: 'note', note: problem });
  const file = checkpoint ?? join(jobDir, checkpointFile);
  const checkpoints = createCheckpoints({ file, key, onProblem });
  return { ...checkpoints, everyMs: checkpointIntervalMs };
}

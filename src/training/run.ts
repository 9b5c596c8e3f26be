import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { DatasetOpener } from '../datasets/open.ts';
import type { DatasetReport } from '../datasets/report.ts';
import type { UploadedFile } from '../datasets/spec.ts';
import type { ImagePreparer } from '../image/prepare-image.ts';
import type { LoadRuntime } from '../loading/load-model.ts';
import type { Trust } from '../loading/trust.ts';
import { createRandom } from '../random.ts';
import { productionLabel } from '../repository/names.ts';
import { jobOrTerminal } from '../repository/history/actor.ts';
import type { Repository } from '../repository/repository.ts';
import { createStopwatch } from '../stopwatch.ts';
import { createCheckpoints } from './checkpoint.ts';
import { releaseOutcome, type TrainEvent, type TrainOutcome } from './events.ts';
import { chooseExamples } from './examples/choose.ts';
import { checkFitPlan, fit } from './fit.ts';
import { lineageOf } from './lineage.ts';
import { examineNet } from './measuring/examine-net.ts';
import type { OpenServingPath } from './measuring/serving-path.ts';
import { compareWithPredecessor, findPredecessor } from './predecessor.ts';
import { planRun } from './plan-run.ts';
import { publishNet } from './publish.ts';
import { carryOut, pinPresent } from './releasing/carry-out.ts';
import { judgeAsked } from './releasing/judge.ts';
import { judgeNet } from './releasing/judge-net.ts';
import { withReference } from './releasing/reference.ts';
import type { ResolvedTrainRequest } from './request.ts';
import { resolveNet } from './resolve-net.ts';

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
  /** Names the run in the lineage; a resumed job keeps its name. */
  readonly job?: string;
  /** The command line that trains the same again. */
  readonly command?: string;
  /** A folder of images to make golden samples of; without it held-out examples are taken. */
  readonly goldenDir?: string;
  readonly codeVersion: string;
  /** How many threads the run may keep busy. */
  readonly threads: number;
  /** How often the run is saved in `jobDir`, to go on from there; without it never. */
  readonly checkpointIntervalMs?: number;
  readonly signal: AbortSignal;
  readonly report: (event: TrainEvent) => void;
}

/** One run: dataset -> split -> epochs -> evaluate -> publish. Rejects with the signal's reason. */
export async function runTraining(
  request: ResolvedTrainRequest,
  context: RunContext,
): Promise<TrainOutcome> {
  const { repository, threads, signal, report } = context;
  const predecessor = await findPredecessor(repository, request.model, signal);
  const plan = planRun(request, context.uploads, predecessor);
  const random = createRandom(plan.seed);
  const lap = createStopwatch();
  report({ type: 'stage', stage: 'reading' });
  const examples = await chooseExamples(plan.data, context, random);
  report({ type: 'dataset', dataset: examples.report });
  const { training, validation, doubts } = examples;
  checkFitPlan(plan.fit, validation);
  const { parameters, trainer } = resolveNet(plan.net, training, random, threads);
  const compared = compareWithPredecessor(predecessor, training.preprocessing);
  for (const note of [...doubts, ...compared]) report({ type: 'note', note });
  const checkpoints = openCheckpoints(plan.requestText, examples.report, context);
  const from = await checkpoints?.load();
  const history = [...(from?.history ?? [])];
  report({ type: 'net', parameters, stepsPerEpoch: trainer.batches.perEpoch, history });
  const read = lap();

  report({ type: 'stage', stage: 'training' });
  const fitting = { ...plan.fit, trainer, validation, signal, report };
  const fitted = await fit({ ...fitting, ...(checkpoints && { checkpoints }) }, from);
  const train = lap();

  report({ type: 'stage', stage: 'evaluating' });
  const trained = { ...trainer, values: fitted.values };
  const { model, label } = plan.publication;
  const examined = await examineNet(model, trained, examples, context);
  const judgement =
    label === productionLabel
      ? await judgeAsked(model, context)
      : await judgeNet(plan.release, trained, examined, examples, context);
  const evaluate = lap();

  report({ type: 'stage', stage: 'publishing' });
  const { present } = judgement;
  const own = lineageOf(plan.recipe, examples.report, { ...fitted, parameters }, context);
  const lineage = withReference(own, present?.manifest);
  const net = { ...examined, preprocessing: training.preprocessing, lineage };
  const by = jobOrTerminal(context.job);
  await pinPresent(repository, model, present, by, signal);
  const published = await publishNet(plan.publication, net, context);
  const { version, metrics } = published;
  const { record, note } = await carryOut(repository, published, judgement, by, signal);
  const notes = [...plan.notes, ...examined.golden.notes, ...(note === undefined ? [] : [note])];
  const timings = { read, train, evaluate, publish: lap() };
  return { model, version, metrics, timings, release: releaseOutcome(record), notes };
}

/** Checkpoints that only the same request on the same data by the same code goes on from. */
function openCheckpoints(
  requestText: string,
  { digest, evaluationDigest }: DatasetReport,
  { checkpointIntervalMs, codeVersion, jobDir, report }: RunContext,
) {
  if (checkpointIntervalMs === undefined) return undefined;
  const key = createHash('sha256')
    .update(JSON.stringify([requestText, digest, evaluationDigest, codeVersion]))
    .digest('hex');
  const onProblem = (problem: string): void => report({ type: 'note', note: problem });
  const checkpoints = createCheckpoints({ file: join(jobDir, 'checkpoint'), key, onProblem });
  return { ...checkpoints, everyMs: checkpointIntervalMs };
}

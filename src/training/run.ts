import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { ImagePreparer } from '../image/prepare-image.ts';
import { createRandom } from '../random.ts';
import type { Lineage } from '../repository/manifest.ts';
import type { Repository } from '../repository/repository.ts';
import { createCheckpoints } from './checkpoint.ts';
import { chooseExamples, type ChosenExamples } from './examples/choose.ts';
import type { UploadedFile } from '../datasets/spec.ts';
import type { DatasetOpener } from '../datasets/open.ts';
import { examineNet } from './measuring/examine-net.ts';
import { canonicalJson } from '../json.ts';
import { fit, type FittedNet } from './fit.ts';
import { planRun, type RunPlan } from './plan-run.ts';
import { preparedOtherwise } from '../datasets/preprocessing-for.ts';
import { promotionNote, publishNet } from './publish.ts';
import { createStopwatch } from '../stopwatch.ts';
import type { TrainEvent, TrainOutcome } from './events.ts';
import type { ResolvedTrainRequest } from './request.ts';

export interface RunContext {
  readonly repository: Repository;
  readonly datasets: DatasetOpener;
  readonly images: ImagePreparer;
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
  parts: RunContext,
): Promise<TrainOutcome> {
  const { report, signal } = parts;
  const lap = createStopwatch();
  const random = createRandom(request.seed);
  report({ type: 'stage', stage: 'reading' });
  const chosen = await chooseExamples(request, { ...parts, workDir: parts.jobDir }, random);
  report({ type: 'dataset', dataset: chosen.report });
  const plan = planRun(request, chosen, random, parts.threads);
  const { parameters, preprocessing, trainer } = plan;
  for (const stored of [chosen.preprocessing, chosen.evaluationPreprocessing]) {
    const doubt = preparedOtherwise(stored, preprocessing);
    if (doubt !== undefined) report({ type: 'note', note: doubt });
  }
  const checkpoints = openCheckpoints(request, chosen, parts);
  const from = await checkpoints?.load();
  const history = [...(from?.history ?? [])];
  report({ type: 'net', parameters, stepsPerEpoch: trainer.batches.perEpoch, history });
  const read = lap();

  report({ type: 'stage', stage: 'training' });
  const validation = { ...chosen.validation, preprocessing };
  const fitted = await fit(
    { request, trainer, validation, signal, report, ...(checkpoints && { checkpoints }) },
    from,
  );
  const train = lap();

  report({ type: 'stage', stage: 'evaluating' });
  const examined = await examineNet(fitted, chosen, plan, parts);
  const evaluate = lap();

  report({ type: 'stage', stage: 'publishing' });
  const lineage = lineageOf(request, chosen, plan, fitted, parts);
  const net = { ...examined, ...plan, classes: chosen.dataset.classes, lineage };
  const published = await publishNet(request, net, parts);
  const { model, version, metrics } = published;
  const promotion = await promotionNote(parts.repository, published, signal);
  const notes = [request.note, ...examined.golden.notes, promotion].filter(
    (note) => note !== undefined,
  );
  return { model, version, metrics, timings: { read, train, evaluate, publish: lap() }, notes };
}

/** Checkpoints that only the same request on the same data by the same code goes on from. */
function openCheckpoints(
  request: ResolvedTrainRequest,
  { report: { digest, evaluationDigest } }: ChosenExamples,
  { checkpointIntervalMs, codeVersion, jobDir, report }: RunContext,
) {
  if (checkpointIntervalMs === undefined) return undefined;
  const key = createHash('sha256')
    .update(JSON.stringify([canonicalJson(request), digest, evaluationDigest, codeVersion]))
    .digest('hex');
  const onProblem = (problem: string): void => report({ type: 'note', note: problem });
  const checkpoints = createCheckpoints({ file: join(jobDir, 'checkpoint'), key, onProblem });
  return { ...checkpoints, everyMs: checkpointIntervalMs };
}

/** Where a version came from: enough to train it again. */
function lineageOf(
  request: ResolvedTrainRequest,
  chosen: ChosenExamples,
  { parameters }: RunPlan,
  { history, bestEpoch }: FittedNet,
  { codeVersion, command, job }: RunContext,
): Lineage {
  const { architecture, dataset, evaluation, seed } = request;
  const { digest, evaluationDigest, examples, parts, badRows } = chosen.report;
  return {
    codeVersion,
    ...(job !== undefined && { job }),
    ...(command !== undefined && { command }),
    seed,
    dataset: {
      ...dataset,
      digest,
      examples,
      parts,
      badRows: badRows.count,
      ...(evaluation && { evaluation: { ...evaluation, digest: evaluationDigest } }),
    },
    architecture,
    hyperparameters: {
      ...hyperparametersOf(request),
      parameters,
      epochsTrained: history.length,
      ...(bestEpoch !== undefined && { bestEpoch }),
    },
  };
}

/** All of a request that decides what is learnt from the data. */
function hyperparametersOf(request: ResolvedTrainRequest): Record<string, unknown> {
  const elsewhere = ['model', 'dataset', 'evaluation', 'architecture', 'seed', 'publish', 'note'];
  return Object.fromEntries(Object.entries(request).filter(([name]) => !elsewhere.includes(name)));
}

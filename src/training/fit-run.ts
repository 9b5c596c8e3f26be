import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { DatasetReport } from '../datasets/report.ts';
import { createRandom } from '../random.ts';
import { createStopwatch } from '../stopwatch.ts';
import { checkpointFile, createCheckpoints } from './checkpoint.ts';
import type { Examples } from './examples/batches.ts';
import { chooseExamples, type ChosenExamples } from './examples/choose.ts';
import { checkFitPlan, fit, type FittedNet } from './fit.ts';
import { checkMemory } from './memory/check-memory.ts';
import { loadOf } from './memory/expected-bytes.ts';
import { chooseOutliers } from './outliers/choose-outliers.ts';
import type { RunPlan } from './plan-run.ts';
import { compareWithPredecessor, type Predecessor } from './predecessor.ts';
import { layersOf, resolveNet, type NetContext, type ResolvedNet } from './resolve-net.ts';
import type { RunContext } from './run-context.ts';
import { startFrom, startNote } from './start-from.ts';
import { withFeatures } from './transfer/features.ts';

/** A net whose parameters are found, with what they were found by. */
export interface FittedRun extends ResolvedNet {
  readonly examples: ChosenExamples;
  /** What it was watched by, as the net takes them. */
  readonly validation: Examples;
  readonly made: NetContext & {
    readonly outliers: Awaited<ReturnType<typeof chooseOutliers>>;
    readonly started: Awaited<ReturnType<typeof startFrom>> | undefined;
  };
  readonly fitted: FittedNet;
  /** In seconds. */
  readonly timings: { readonly read: number; readonly train: number };
}

/** Reads the examples of a run and trains its net by them. `check` refuses examples before any step is paid for. */
export async function fitRun(
  plan: RunPlan,
  predecessor: Predecessor | undefined,
  context: RunContext,
  check: (examples: ChosenExamples) => void = () => {},
): Promise<FittedRun> {
  const { threads, signal, report } = context;
  const random = createRandom(plan.seed);
  const lap = createStopwatch();
  report({ type: 'stage', stage: 'reading' });
  const examples = await chooseExamples(plan.data, context, random);
  report({ type: 'dataset', dataset: examples.report });
  const { preprocessing } = examples.training;
  checkFitPlan(plan.fit, examples.validation);
  check(examples);
  const { start, backbone } = plan;
  const { training, validation } = await withFeatures(backbone, examples, {
    ...context,
    keptIn: context.features,
  });
  const started =
    start && (await startFrom(start, layersOf(plan.net, training), context.repository, signal));
  const outliers = await chooseOutliers(plan.outliers, training, context, random.fork('outliers'));
  const made = { learnt: training, outliers, started, random, threads };
  const { parameters, trainer } = resolveNet(plan.net, made);
  if (context.memory) {
    checkMemory(plan.net, loadOf(training, validation, trainer.batches), context.memory);
  }
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
  return {
    examples,
    validation,
    made,
    parameters,
    trainer,
    fitted,
    timings: { read, train: lap() },
  };
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

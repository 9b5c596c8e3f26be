import { describeDataset, nameOfDataset } from '../datasets/report.ts';
import { rowShapeOf } from '../preprocessing/row-shape.ts';
import { measure } from './measuring/evaluate.ts';
import { measureServed, servedMetrics } from './measuring/measure-served.ts';
import { isBeyondChance, servedGapNote } from './measuring/served-gap.ts';
import { openVersion } from './measuring/open-version.ts';
import type { ResolvedEvaluateRequest } from './evaluate-request.ts';
import { preparedOtherwise } from '../datasets/preprocessing-for.ts';
import type { RunContext } from './run-context.ts';
import { createStopwatch } from '../stopwatch.ts';
import type { EvaluateOutcome } from './events.ts';

type EvaluationContext = Pick<
  RunContext,
  | 'repository'
  | 'datasets'
  | 'uploads'
  | 'jobDir'
  | 'loadRuntime'
  | 'openServingPath'
  | 'trust'
  | 'signal'
  | 'report'
>;

/** Measures a version at rest on labelled examples: the same figures as after training. */
export async function runEvaluation(
  request: ResolvedEvaluateRequest,
  context: EvaluationContext,
): Promise<EvaluateOutcome> {
  const { report, repository, signal } = context;
  const { model, version } = request;
  const lap = createStopwatch();
  report({ type: 'stage', stage: 'reading' });
  const opened = await repository.open(model, version, signal);
  const { preprocessing, signature } = opened.manifest;
  const read = await context.datasets.open(
    { ...request.dataset, classes: signature.classes, shape: rowShapeOf(preprocessing) },
    {
      uploads: context.uploads,
      workDir: context.jobDir,
      maxBadRows: request.maxBadRows,
      preprocessing: () => preprocessing,
      signal,
    },
  );
  const { dataset } = read;
  const indices = Int32Array.from(dataset.labels, (_, index) => index);
  const none = new Int32Array(0);
  report({ type: 'dataset', dataset: describeDataset(read, none, none, indices) });
  for (const note of read.notes) report({ type: 'note', note });
  const doubt = preparedOtherwise(read.preprocessing, preprocessing);
  if (doubt !== undefined) report({ type: 'note', note: doubt });
  const reading = lap();

  report({ type: 'stage', stage: 'evaluating' });
  const { runtime, infer } = await openVersion(opened, context);
  try {
    const { layout } = signature.input;
    const examples = { dataset, indices, preprocessing, layout };
    const figures = await measure(infer, examples, signal);
    const encoded = new Map([[dataset, read.encoded]]);
    const sendable = { measured: examples, others: [], encoded };
    const open = () => context.openServingPath({ ...opened.manifest, runtime });
    const served = await measureServed(infer, open, sendable, signal);
    const measuredOn = `examples of ${nameOfDataset(request.dataset)}`;
    const metrics = { ...figures, ...servedMetrics(figures.accuracy, served), measuredOn };
    const notes = isBeyondChance(served.comparison) ? [servedGapNote(served, preprocessing)] : [];
    return { model, version, metrics, timings: { read: reading, evaluate: lap() }, notes };
  } finally {
    await runtime.close();
  }
}

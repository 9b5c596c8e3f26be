import type { Random } from '../../random.ts';
import type { Preprocessing } from '../../signature.ts';
import type { Dataset } from '../../datasets/dataset.ts';
import type { DatasetSpec, UploadedFile } from '../../datasets/spec.ts';
import type { DatasetOpener, OpenedDataset } from '../../datasets/open.ts';
import type { Examples } from '../measuring/evaluate.ts';
import { preprocessingFor } from '../../datasets/preprocessing-for.ts';
import { splitExamples } from './split.ts';
import { describeDataset, nameOfDataset, type DatasetReport } from '../../datasets/report.ts';
import { divideUploads, type ResolvedTrainRequest } from '../request.ts';

/** The examples of a run, by the part they play, and what is told about them. */
export interface ChosenExamples {
  readonly dataset: Dataset;
  readonly training: Int32Array;
  /** Watched every epoch; early stopping and the temperature are chosen by these. */
  readonly validation: Omit<Examples, 'preprocessing'>;
  /** Nothing is chosen by these. */
  readonly test: Omit<Examples, 'preprocessing'>;
  readonly testIs: string;
  /** How the dataset's images became pixels, when that was decided before this run. */
  readonly preprocessing?: Preprocessing;
  /** The same of the images of the evaluation dataset. */
  readonly evaluationPreprocessing?: Preprocessing;
  readonly report: DatasetReport;
}

export interface ReadContext {
  readonly datasets: DatasetOpener;
  readonly uploads: readonly UploadedFile[];
  readonly workDir: string;
  readonly signal: AbortSignal;
}

/** Reads the dataset, and the evaluation dataset when there is one, and decides who plays which part. */
export async function chooseExamples(
  request: ResolvedTrainRequest,
  context: ReadContext,
  random: Random,
): Promise<ChosenExamples> {
  const opened = await open(request, request.dataset, context);
  const { dataset } = opened;
  const { training, validation, test } = splitExamples(
    dataset.labels,
    dataset.classes.length,
    { validation: request.validationSplit, test: request.testSplit },
    random.fork('split'),
  );
  const stored = opened.preprocessing;
  const own = { dataset, training, ...(stored && { preprocessing: stored }) };
  if (!request.evaluation) {
    const report = describeDataset(opened, training, validation, test);
    const testIs = 'examples of the dataset set aside before training';
    const parts = {
      validation: { dataset, indices: validation },
      test: { dataset, indices: test },
    };
    return { ...own, ...parts, testIs, report };
  }
  const examined = await openEvaluation(request, request.evaluation, opened, context);
  const { dataset: evaluation, preprocessing: evaluationPreprocessing } = examined;
  const lent =
    validation.length > 0
      ? { validation: new Int32Array(0), test: allOf(evaluation) }
      : lend(evaluation, training.length, random.fork('lend'));
  const watched =
    validation.length > 0
      ? { dataset, indices: validation }
      : { dataset: evaluation, indices: lent.validation };
  const report = describeDataset(opened, training, watched.indices, lent.test);
  return {
    ...own,
    validation: watched,
    test: { dataset: evaluation, indices: lent.test },
    testIs: `examples of ${nameOfDataset(request.evaluation)}, which nothing was chosen by`,
    ...(evaluationPreprocessing && { evaluationPreprocessing }),
    report: { ...report, evaluationDigest: evaluation.digest },
  };
}

/** `trained`: the dataset that is learnt from, when this is the one to evaluate on. */
async function open(
  request: ResolvedTrainRequest,
  spec: DatasetSpec,
  { datasets, uploads, workDir, signal }: ReadContext,
  trained?: OpenedDataset,
): Promise<OpenedDataset> {
  const files = divideUploads(uploads);
  return datasets.open(spec, {
    uploads: trained === undefined ? files.dataset : files.evaluation,
    workDir,
    maxBadRows: request.maxBadRows,
    preprocessing: (shape) => preprocessingFor(request, shape, trained?.preprocessing),
    signal,
  });
}

/** The evaluation dataset must have the training dataset's shape, and no class that was never learnt. */
async function openEvaluation(
  request: ResolvedTrainRequest,
  spec: DatasetSpec,
  trained: OpenedDataset,
  context: ReadContext,
): Promise<OpenedDataset> {
  const { classes, shape } = trained.dataset;
  return open(request, { ...spec, classes: [...classes], shape }, context, trained);
}

/**
 * Without validation examples of the dataset's own, the evaluation dataset lends a few: a tenth of what
 * is learnt from, 200 to 1000, at most half of it. They are then no test examples any more.
 */
function lend(evaluation: Dataset, learntFrom: number, random: Random) {
  const count = evaluation.labels.length;
  const wanted = Math.min(Math.max(200, Math.round(learntFrom / 10)), 1000, count / 2);
  const shares = { validation: wanted / count, test: 0 };
  const split = splitExamples(evaluation.labels, evaluation.classes.length, shares, random);
  return { validation: split.validation, test: split.training };
}

function allOf(dataset: Dataset): Int32Array {
  return Int32Array.from(dataset.labels, (_, index) => index);
}

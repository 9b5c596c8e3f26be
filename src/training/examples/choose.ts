import type { Dataset, ImageShape } from '../../datasets/dataset.ts';
import type { EncodedImages } from '../../datasets/images/encoded-images.ts';
import type { DatasetOpener, OpenedDataset } from '../../datasets/open.ts';
import { preparedOtherwise } from '../../datasets/preprocessing-for.ts';
import { describeDataset, nameOfDataset, type DatasetReport } from '../../datasets/report.ts';
import type { ProvenanceCounts } from '../../image/provenance.ts';
import type { Random } from '../../random.ts';
import type { Preprocessing } from '../../preprocessing/contract.ts';
import type { Examples } from './batches.ts';
import { splitExamples, type SplitShares } from '../../datasets/parts/split.ts';
import {
  heldOutOf,
  unmeasuredClasses,
  unmeasuredNote,
  type SourcePlan,
} from '../../datasets/parts/measured-on.ts';
import { findGroups, noGroups, unitsOf, type Groups } from './groups.ts';
import { checkSeveralClasses } from '../../datasets/check-labels.ts';
import { lookAlikeNames, lookAlikeNote } from '../../datasets/class-names.ts';
import { refuseAtOnce } from '../../datasets/refusal.ts';

/** What a run reads, and which examples of it are not learnt from. */
export interface DataPlan {
  readonly dataset: SourcePlan;
  readonly evaluation?: SourcePlan | undefined;
  readonly maxBadRows: number;
  /** Of the dataset: what is set aside before training. */
  readonly shares: SplitShares;
  /** How images become what the net takes; `stored` is how those of a stored dataset became pixels. */
  readonly prepareFor: (shape: ImageShape, stored?: Preprocessing) => Preprocessing;
  /** The shape of image files where the request names none. */
  readonly imageShape?: ImageShape | undefined;
}

/** The examples of a run, by the part they play, and what is reported about them. */
export interface ChosenExamples {
  readonly training: Examples;
  /** Watched every epoch; early stopping and the temperature are chosen by these. */
  readonly validation: Examples;
  /** Nothing is chosen by these. */
  readonly test: Examples;
  /** How many of them were drawn one by one: of images that show the same scene only one was. */
  readonly testUnits: number;
  /** What must not be parted where the dataset that is learnt from is divided further. */
  readonly findTogether: () => Promise<Groups>;
  readonly testDescription: string;
  /** What they are examples of. */
  readonly testName: string;
  /** A few of the image files that examples were made of, by their dataset. */
  readonly encoded: ReadonlyMap<Dataset, EncodedImages>;
  /** What the image files of the dataset are. */
  readonly provenance: ProvenanceCounts | undefined;
  readonly report: DatasetReport;
  /** What was left out or decided while reading, and why figures may not hold. */
  readonly doubts: readonly string[];
}

export interface ReadContext {
  readonly datasets: DatasetOpener;
  /** A folder of the run's own, for downloads. */
  readonly jobDir: string;
  readonly signal: AbortSignal;
}

/** Reads the dataset, and the evaluation dataset when there is one, and decides who plays which part. */
export async function chooseExamples(
  plan: DataPlan,
  context: ReadContext,
  random: Random,
): Promise<ChosenExamples> {
  const opened = await open(plan.dataset, plan, context);
  const { dataset } = opened;
  const { classes, labels, shape } = dataset;
  checkSeveralClasses(dataset, refuseAtOnce);
  const apart = plan.evaluation ?? heldOutOf(plan.dataset, opened);
  // What would be tested on is learnt from where the dataset has a folder of its own for that.
  const shares = apart === plan.evaluation ? plan.shares : { ...plan.shares, test: 0 };
  const find = () => findGroups(plan.dataset.spec, opened, context.signal);
  const isParted = shares.validation + shares.test > 0;
  const groups = isParted ? await find() : noGroups;
  const generator = random.fork('split');
  const split = splitExamples(labels, classes.length, shares, generator, groups.together);
  const evaluation = apart && (await openEvaluation(apart, opened, plan, context));
  const preprocessing = plan.prepareFor(shape, opened.preprocessing);
  const own = (indices: Int32Array): Examples => ({ dataset, indices, preprocessing });
  const [training, ownValidation, ownTest] = [split.training, split.validation, split.test].map(
    own,
  );
  const { validation, test } = evaluation
    ? divideEvaluation(evaluation.dataset, training!, ownValidation!, random)
    : { validation: ownValidation!, test: ownTest! };
  const report = describeDataset(opened, split.training, validation.indices, test.indices);
  const stored = [opened.preprocessing, evaluation?.preprocessing];
  const sources = evaluation ? [opened, evaluation] : [opened];
  return {
    training: training!,
    validation,
    test,
    findTogether: async () => (isParted ? groups : await find()).together,
    testUnits: evaluation ? test.indices.length : unitsOf(split.test, groups.together),
    testName: apart ? nameOfDataset(apart.spec) : 'the dataset set aside before training',
    testDescription: apart
      ? `examples of ${nameOfDataset(apart.spec)}, which nothing was chosen by`
      : 'examples of the dataset set aside before training',
    encoded: new Map(sources.map((source) => [source.dataset, source.encoded])),
    provenance: opened.provenance,
    report: { ...report, ...(evaluation && { evaluationDigest: evaluation.dataset.digest }) },
    doubts: [
      ...opened.notes,
      ...groups.notes,
      ...(evaluation?.notes ?? []),
      ...lookAlikeNames(classes).slice(0, MAX_LOOK_ALIKES).map(lookAlikeNote),
      ...unmeasuredIn(test),
      ...stored.flatMap((one) => preparedOtherwise(one, preprocessing) ?? []),
    ],
  };
}

/** How many groups of class names that look alike are told. */
const MAX_LOOK_ALIKES = 3;

/** In words, which classes none of the examples that are measured on is of. */
function unmeasuredIn({ dataset: { classes, labels }, indices }: Examples): string[] {
  const missing = unmeasuredClasses(
    classes,
    Array.from(indices, (index) => labels[index]!),
  );
  return missing.length === 0 ? [] : [unmeasuredNote(missing)];
}

/** `learnt`: the dataset that is learnt from, when this is the evaluation dataset. */
function open(
  { spec, uploads }: SourcePlan,
  { dataset, maxBadRows, prepareFor, imageShape }: DataPlan,
  { datasets, jobDir, signal }: ReadContext,
  learnt?: OpenedDataset,
): Promise<OpenedDataset> {
  const stored = learnt?.preprocessing;
  return datasets.open(spec, {
    uploads,
    workDir: jobDir,
    maxBadRows,
    preprocessing: (shape: ImageShape) => prepareFor(shape, stored),
    imageShape,
    ...(learnt && { goesWith: { ...dataset.spec, format: learnt.format } }),
    signal,
  });
}

/** The evaluation dataset must have the training dataset's shape, and no class that was never learnt. */
function openEvaluation(
  { spec, uploads }: SourcePlan,
  learnt: OpenedDataset,
  plan: DataPlan,
  context: ReadContext,
): Promise<OpenedDataset> {
  const { classes, shape } = learnt.dataset;
  const fitting = { ...spec, classes: [...classes], shape };
  return open({ spec: fitting, uploads }, plan, context, learnt);
}

/**
 * The evaluation dataset is tested on. Without validation examples of the dataset's own it lends a few: a
 * tenth of what is learnt from, 200 to 1000, at most half of it. They are then no test examples any more.
 */
function divideEvaluation(
  dataset: Dataset,
  { indices: learnt, preprocessing }: Examples,
  validation: Examples,
  random: Random,
): { validation: Examples; test: Examples } {
  const { labels, classes } = dataset;
  if (validation.indices.length > 0) {
    const all = Int32Array.from(labels, (_, index) => index);
    return { validation, test: { dataset, indices: all, preprocessing } };
  }
  const count = labels.length;
  const wanted = Math.min(Math.max(200, Math.round(learnt.length / 10)), 1000, count / 2);
  const shares = { validation: wanted / count, test: 0 };
  const split = splitExamples(labels, classes.length, shares, random.fork('lend'));
  return {
    validation: { dataset, indices: split.validation, preprocessing },
    test: { dataset, indices: split.training, preprocessing },
  };
}

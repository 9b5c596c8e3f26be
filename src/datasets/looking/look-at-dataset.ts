import type { Preprocessing } from '../../preprocessing/contract.ts';
import { createStopwatch } from '../../stopwatch.ts';
import { checkSeveralClasses } from '../check-labels.ts';
import { classCounts } from '../dataset.ts';
import { lookAtClasses, type ClassImages } from './class-images.ts';
import { drawContactSheet } from './contact-sheet.ts';
import { findInClasses, findUnmeasured } from './find-in-classes.ts';
import { findInFiles } from './find-in-files.ts';
import { findSame } from './find-same.ts';
import { createFindings, type Findings } from './findings.ts';
import type { DatasetLook, Understood } from './look-report.ts';
import type { LookEvent, LookOutcome, ResolvedLookRequest } from './look-request.ts';
import type { LeftOutKind } from './observe-rows.ts';
import type { FarReading } from './read-as-far.ts';
import { readParts, type ReadContext, type ReadParts } from './read-parts.ts';
import { understand } from './understand.ts';

/** What a look works with. */
export interface LookContext extends ReadContext {
  readonly report: (event: LookEvent) => void;
  /** In words, what is taken over from the version before, of this preprocessing. */
  readonly noteInherited?: (now: Preprocessing) => string[];
  /** Takes the contact sheet, a PNG. */
  readonly saveSheet: (png: Buffer) => Promise<void>;
}

/** Reads a dataset as training does, and tells what was understood and what there is to doubt; stores nothing. */
export async function lookAtDataset(
  request: ResolvedLookRequest,
  context: LookContext,
): Promise<LookOutcome> {
  const { report, signal } = context;
  const lap = createStopwatch();
  const findings = createFindings();
  report({ type: 'stage', stage: 'reading' });
  const { reading, parts } = await readParts(request, context, findings);
  const read = lap();
  const summary = summaryOf(request, context, reading);
  if (!parts) {
    const looked = { ...summary, trainable: false, findings: findings.list() };
    return { looked, timings: { read, compare: 0, draw: 0 }, notes: [] };
  }

  report({ type: 'stage', stage: 'comparing' });
  const understood = understand(parts.main, reading.spec, request.dataset);
  const classes = countsOf(parts);
  const images = await lookAtClasses(parts.main.opened.dataset, signal);
  await findAll(parts, { understood, classes, images }, findings, signal);
  const compare = lap();

  report({ type: 'stage', stage: 'drawing' });
  const { dataset } = parts.main.opened;
  const counts = classes.map(({ examples }) => examples);
  await context.saveSheet(await drawContactSheet(dataset, counts, images));
  const looked = lookOf(request, parts, { ...summary, understood, classes }, findings);
  const notes = context.noteInherited?.(parts.main.preprocessing) ?? [];
  return { looked, timings: { read, compare, draw: lap() }, notes };
}

async function findAll(
  { main, apart }: ReadParts,
  {
    understood,
    classes,
    images,
  }: {
    readonly understood: Understood;
    readonly classes: DatasetLook['classes'];
    readonly images: ClassImages;
  },
  findings: Findings,
  signal: AbortSignal,
): Promise<void> {
  checkSeveralClasses(main.opened.dataset, (error) => findings.addRefusal(error, undefined));
  findInFiles(main, understood, findings);
  findInClasses(main, images, findings);
  const measured = classes.flatMap(({ test }, label) => (test > 0 ? [label] : []));
  findUnmeasured(main, measured, findings);
  await findSame(apart ? [main, apart] : [main], findings, signal);
}

/** How many examples of each class there are in all, and in each part. */
function countsOf({ main, split, apart }: ReadParts): DatasetLook['classes'] {
  const { classes, labels } = main.opened.dataset;
  const count = (all: Iterable<number>): number[] => classCounts(all, classes.length);
  const of = (indices: Int32Array): number[] => count(indices.map((index) => labels[index]!));
  const [all, training, validation] = [count(labels), of(split.training), of(split.validation)];
  const test = apart ? count(apart.opened.dataset.labels) : of(split.test);
  return classes.map((name, index) => ({
    name,
    examples: all[index]!,
    training: training[index]!,
    validation: validation[index]!,
    test: test[index]!,
  }));
}

type Summary = Omit<DatasetLook, 'trainable' | 'findings'>;

/** What can be told however far it was read. */
function summaryOf(
  { dataset }: ResolvedLookRequest,
  { uploads }: ReadContext,
  { opened, assumed, rows }: FarReading,
): Summary {
  return {
    source: dataset.uri ?? uploads.map(({ name }) => name).join(', '),
    assumed: [...assumed],
    examples: 0,
    rowsRead: 0,
    badRows: leftOut(rows.badKinds()),
    ignored: leftOut(opened?.ignored.kinds ?? []),
    classes: [],
  };
}

function leftOut(kinds: readonly LeftOutKind[]): DatasetLook['ignored'] {
  return kinds.map(({ reason, count, names }) => ({ reason, count, names: [...names] }));
}

/** What is told of a dataset that could be read. */
function lookOf(
  { seed }: ResolvedLookRequest,
  { main, split, apart }: ReadParts,
  summary: Summary,
  findings: Findings,
): DatasetLook {
  const found = findings.list();
  const { dataset, format, rowsRead } = main.opened;
  return {
    ...summary,
    trainable: found.every(({ severity }) => severity === 'note'),
    format,
    examples: dataset.labels.length,
    rowsRead,
    parts: {
      training: split.training.length,
      validation: split.validation.length,
      test: apart ? apart.opened.dataset.labels.length : split.test.length,
      testFrom: apart ? apart.name : `set aside before training (seed ${seed})`,
    },
    findings: found,
    digest: dataset.digest,
  };
}

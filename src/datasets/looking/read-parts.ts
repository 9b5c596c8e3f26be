import { posix } from 'node:path';
import { createRandom } from '../../random.ts';
import type { Preprocessing } from '../../preprocessing/contract.ts';
import type { ImageShape } from '../dataset.ts';
import type { DatasetOpener, OpenedDataset } from '../open.ts';
import { heldOutOf } from '../parts/measured-on.ts';
import { splitExamples, type Split } from '../parts/split.ts';
import { preprocessingFor } from '../preprocessing-for.ts';
import { nameOfDataset } from '../report.ts';
import { isHandwrittenDigits, type UploadedFile } from '../spec.ts';
import type { Findings } from './findings.ts';
import type { ResolvedLookRequest } from './look-request.ts';
import { namesOf, type LookedAt, type Part } from './looked-at.ts';
import { readAsFar, type FarReading } from './read-as-far.ts';

/** What datasets are read with. */
export interface ReadContext {
  readonly datasets: DatasetOpener;
  readonly uploads: readonly UploadedFile[];
  /** How the newest version of the model that is meant prepares its images. */
  readonly inherited?: Preprocessing | undefined;
  /** A folder of this look's own, for downloads. */
  readonly jobDir: string;
  readonly signal: AbortSignal;
}

/** A dataset that could be read, and who plays which part in training. */
export interface ReadParts {
  readonly main: LookedAt;
  readonly split: Split;
  /** What lies apart to be measured on, and what it is called. */
  readonly apart?: (LookedAt & { readonly name: string }) | undefined;
}

/** Reads a dataset, and what it has apart to be measured on, as training does. */
export async function readParts(
  request: ResolvedLookRequest,
  context: ReadContext,
  findings: Findings,
): Promise<{ readonly reading: FarReading; readonly parts?: ReadParts }> {
  const reading = await readMain(request, context, findings);
  const { opened, rows } = reading;
  if (!opened) return { reading };
  const apart = await readApart(reading, opened, request, context, findings);
  const split = splitOf(opened, request, apart !== undefined);
  const prepare = prepareFor(request, context);
  const main = lookedAt({ opened, rows, partOf: partsOf(split) }, undefined, prepare);
  return { reading, parts: { main, split, apart } };
}

/** How images become examples, as training has it for the same model. */
function prepareFor(
  { dataset, preprocessing: asked }: ResolvedLookRequest,
  { inherited }: Pick<ReadContext, 'inherited'>,
) {
  const plan = { isHandwriting: isHandwrittenDigits(dataset), asked, inherited };
  return (shape: ImageShape, stored?: Preprocessing): Preprocessing =>
    preprocessingFor(plan, shape, stored);
}

function readMain(
  request: ResolvedLookRequest,
  { datasets, uploads, jobDir: workDir, signal, inherited }: ReadContext,
  findings: Findings,
): Promise<FarReading> {
  const { dataset: spec, maxBadRows } = request;
  const prepare = prepareFor(request, { inherited });
  const preprocessing = (shape: ImageShape): Preprocessing => prepare(shape);
  return readAsFar(
    { spec, uploads },
    { datasets, workDir, maxBadRows, preprocessing, signal, findings },
  );
}

/** What the dataset has apart to be measured on, of the same shape and classes. */
async function readApart(
  { spec }: FarReading,
  { dataset, format, heldOut, preprocessing: stored }: OpenedDataset,
  request: ResolvedLookRequest,
  { datasets, uploads, jobDir: workDir, signal, inherited }: ReadContext,
  findings: Findings,
): Promise<ReadParts['apart']> {
  const plan = heldOutOf({ spec, uploads }, { ...(heldOut && { heldOut }) });
  if (!plan) return undefined;
  const fitting = { ...plan.spec, classes: [...dataset.classes], shape: dataset.shape };
  const { maxBadRows } = request;
  const prepare = prepareFor(request, { inherited });
  const preprocessing = (shape: ImageShape): Preprocessing => prepare(shape, stored);
  const within = nameOfDataset(plan.spec);
  const goesWith = { ...spec, format };
  const { opened, rows } = await readAsFar(
    { spec: fitting, uploads: plan.uploads },
    { datasets, workDir, maxBadRows, preprocessing, signal, findings, within, goesWith },
  );
  if (!opened) return undefined;
  const folder = posix.basename(plan.spec.split ?? plan.spec.path ?? plan.spec.uri!);
  const looked = lookedAt({ opened, rows, partOf: () => 'test' }, folder, prepare);
  return { ...looked, name: within };
}

/** Who plays which part, as training decides it for the same request. */
function splitOf(
  { dataset: { labels, classes } }: OpenedDataset,
  { validationSplit, testSplit, seed }: ResolvedLookRequest,
  hasApart: boolean,
): Split {
  const shares = { validation: validationSplit, test: hasApart ? 0 : testSplit };
  return splitExamples(labels, classes.length, shares, createRandom(seed).fork('split'));
}

function partsOf({ validation, test }: Split): (index: number) => Part {
  const [chosenBy, measuredOn] = [new Set(validation), new Set(test)];
  return (index) =>
    measuredOn.has(index) ? 'test' : chosenBy.has(index) ? 'validation' : 'training';
}

function lookedAt(
  read: Pick<LookedAt, 'opened' | 'rows' | 'partOf'>,
  folder: string | undefined,
  prepare: ReturnType<typeof prepareFor>,
): LookedAt {
  const { dataset, preprocessing: stored } = read.opened;
  const preprocessing = prepare(dataset.shape, stored);
  return { ...read, nameOf: namesOf(read.rows, folder), preprocessing };
}

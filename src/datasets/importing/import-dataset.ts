import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errors, withDetails } from '../../errors.ts';
import type { CleaningReport } from '../../repository/datasets/dataset-manifest.ts';
import type { Preprocessing } from '../../preprocessing/contract.ts';
import { describeDataset } from '../report.ts';
import {
  cleanDataset,
  createRowLocations,
  type Duplicate,
  type RowLocations,
} from '../cleaning/clean-dataset.ts';
import type { RowReport } from '../row-report.ts';
import { classCounts, type Dataset } from '../dataset.ts';
import type { DatasetOpener, OpenedDataset } from '../open.ts';
import { uriOfStored } from '../places/stored.ts';
import { writeIdxPair } from '../formats/write-idx.ts';
import type { Repository } from '../../repository/repository.ts';
import type { ImportEvent, ImportOutcome } from './import-events.ts';
import type { ResolvedImportRequest } from './import-request.ts';
import { preprocessingFor } from '../preprocessing-for.ts';
import { summaryOfIgnored } from '../source.ts';
import { createStopwatch } from '../../stopwatch.ts';
import { isHandwrittenDigits, type UploadedFile } from '../spec.ts';

/** What an import works with. */
export interface ImportContext {
  readonly repository: Pick<Repository, 'datasets'>;
  readonly datasets: DatasetOpener;
  readonly uploads: readonly UploadedFile[];
  /** A folder of this import's own, for downloads and what is to be stored. */
  readonly jobDir: string;
  /** Names the import as the writer of what it stores; a repeated attempt keeps its name. */
  readonly job?: string;
  readonly signal: AbortSignal;
  readonly report: (event: ImportEvent) => void;
}

/** One import: read -> clean -> store under the digest of what is left. */
export async function runImport(
  request: ResolvedImportRequest,
  context: ImportContext,
): Promise<ImportOutcome> {
  const { report, signal } = context;
  const lap = createStopwatch();
  report({ type: 'stage', stage: 'reading' });
  const locations = createRowLocations();
  const { opened, preprocessing } = await open(request, context, locations);
  const read = lap();

  report({ type: 'stage', stage: 'cleaning' });
  const { keepDuplicates } = request;
  const cleaned = await cleanDataset(opened.dataset, { locations, keepDuplicates, signal });
  const cleaning = reportOf(opened, cleaned, keepDuplicates);
  checkUsable(cleaned.dataset, cleaning);
  const none = new Int32Array(0);
  const dataset = describeDataset({ ...opened, dataset: cleaned.dataset }, none, none, none);
  report({ type: 'dataset', dataset });
  const clean = lap();

  report({ type: 'stage', stage: 'storing' });
  const folder = join(context.jobDir, 'storing');
  await mkdir(folder, { recursive: true });
  try {
    const { manifest, created } = await context.repository.datasets.put(
      {
        name: request.name,
        digest: dataset.digest,
        shape: cleaned.dataset.shape,
        examples: dataset.examples,
        classes: dataset.classes,
        classCounts: dataset.classCounts,
        ...(preprocessing && { preprocessing }),
        source: sourceOf(request, context, opened),
        report: cleaning,
        files: await writeIdxPair(folder, cleaned.dataset),
        ...(context.job !== undefined && { writerId: context.job }),
      },
      signal,
    );
    const { name, digest, examples } = manifest;
    const imported = {
      name,
      digest,
      uri: uriOfStored(manifest),
      created,
      examples,
      report: cleaning,
    };
    return { imported, timings: { read, clean, store: lap() }, notes: [...opened.notes] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Reads all of it; with how its images became (or are to become) pixels, where that is known. */
async function open(
  request: ResolvedImportRequest,
  { datasets, uploads, jobDir, signal }: ImportContext,
  locations: RowLocations,
): Promise<{ opened: OpenedDataset; preprocessing: Preprocessing | undefined }> {
  const plan = {
    isHandwriting: isHandwrittenDigits(request.dataset),
    asked: request.preprocessing,
  };
  let decodedBy: Preprocessing | undefined;
  const opened = await datasets.open(request.dataset, {
    uploads,
    workDir: jobDir,
    maxBadRows: request.maxBadRows,
    preprocessing: (shape) => (decodedBy = preprocessingFor(plan, shape)),
    onExample: locations.add,
    onRemoved: locations.remove,
    signal,
  });
  const isKnown = opened.preprocessing || plan.asked || plan.isHandwriting;
  const known = () => preprocessingFor(plan, opened.dataset.shape, opened.preprocessing);
  return { opened, preprocessing: decodedBy ?? (isKnown ? known() : undefined) };
}

function reportOf(
  { badRows, rowsRead, damaged, ignored, provenance }: OpenedDataset,
  { duplicates, conflicts }: { duplicates: RowReport<Duplicate>; conflicts: RowReport<Duplicate> },
  keptDuplicates: boolean,
): CleaningReport {
  return {
    rowsRead,
    refused: { count: badRows.count, rows: [...badRows.rows] },
    duplicates: { count: duplicates.count, rows: [...duplicates.rows] },
    conflicts: { count: conflicts.count, rows: [...conflicts.rows] },
    keptDuplicates,
    ...(damaged.count > 0 && { damaged: { ...damaged, rows: [...damaged.rows] } }),
    ...(provenance && { provenance }),
    ...summaryOfIgnored(ignored),
  };
}

/** Refuses a dataset with a class that has no example left; the report says where they went. */
function checkUsable({ classes, labels }: Dataset, report: CleaningReport): void {
  const details = { report };
  if (labels.length === 0) throw withDetails(new errors.GLIMPSE_DATASET_EMPTY(), details);
  const counts = classCounts(labels, classes.length);
  const empty = classes.filter((_, index) => counts[index] === 0);
  if (empty.length === 0) return;
  const names = empty.slice(0, 3).map((name) => JSON.stringify(name));
  const reason = `no example is left of ${names.join(', ')}${empty.length > 3 ? ', ...' : ''}`;
  throw withDetails(new errors.GLIMPSE_DATASET_INVALID(reason), details);
}

/** What it was made from, as far as that is known. */
function sourceOf(
  { dataset }: ResolvedImportRequest,
  { uploads }: ImportContext,
  { format }: OpenedDataset,
): Record<string, unknown> {
  const names = uploads.map(({ name }) => name);
  return { ...dataset, format, ...(dataset.uri === undefined && { uploads: names }) };
}

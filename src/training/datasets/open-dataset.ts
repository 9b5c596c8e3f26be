import { errors } from '../../errors.ts';
import type { BadRowReport } from './bad-rows.ts';
import { readHead, type ReadLimits } from './byte-source.ts';
import { readCsvRows } from './csv-rows.ts';
import { createDatasetBuilder } from './dataset-builder.ts';
import { locateDataset, type DatasetPlaces, type LocatedFile } from './dataset-location.ts';
import type { Dataset } from './dataset.ts';
import type { DatasetFormat, DatasetSpec, UploadedFile } from './dataset-spec.ts';
import { idxAxes, readIdxClasses, readIdxRows } from './idx-rows.ts';
import { readJsonRows, readNdjsonRows } from './json-rows.ts';
import type { Row } from './row.ts';

export interface OpenOptions {
  readonly uploads: readonly UploadedFile[];
  readonly workDir: string;
  readonly maxBadRows: number;
  readonly signal?: AbortSignal;
}

export interface OpenedDataset {
  readonly dataset: Dataset;
  readonly format: DatasetFormat;
  readonly badRows: BadRowReport;
  readonly rowsRead: number;
}

export interface DatasetOpener {
  /** Reads the whole dataset into memory, or throws why it cannot. */
  open(spec: DatasetSpec, options: OpenOptions): Promise<OpenedDataset>;
  /** Whether there is such a dataset that may be read: what a request is checked for at once. */
  check(spec: DatasetSpec, uploads: readonly UploadedFile[]): Promise<void>;
}

export interface DatasetLimits {
  readonly maxExamples: number;
  /** Of one file, after decompression. */
  readonly maxBytes: number;
}

/** Opens datasets of every place and format under one set of limits. */
export function createDatasetOpener(places: DatasetPlaces, limits: DatasetLimits): DatasetOpener {
  return {
    async open(spec, options) {
      const files = await locateDataset(spec, places, { ...options, maxBytes: limits.maxBytes });
      const reading: ReadLimits = {
        maxBytes: limits.maxBytes,
        ...(options.signal && { signal: options.signal }),
      };
      const format = spec.format ?? (await detectFormat(files[0]!));
      const { rows, classes } = await openRows(format, files, spec, reading);
      const builder = createDatasetBuilder({
        ...(spec.shape && { shape: spec.shape }),
        ...(classes && { classes }),
        offset: spec.offset ?? 0,
        limit: spec.limit ?? Number.POSITIVE_INFINITY,
        maxExamples: limits.maxExamples,
        maxBadRows: options.maxBadRows,
      });
      for await (const row of rows) if (!builder.add(row)) break;
      return { ...builder.finish(), format };
    },

    async check(spec, uploads) {
      // A store is only asked when the job runs: the caller should not wait for a download.
      if (spec.uri !== undefined && /^s3:/i.test(spec.uri)) return;
      await locateDataset(spec, places, { uploads, workDir: '', maxBytes: limits.maxBytes });
    },
  };
}

interface OpenRows {
  readonly rows: AsyncGenerator<Row>;
  readonly classes?: readonly string[] | undefined;
}

async function openRows(
  format: DatasetFormat,
  files: readonly LocatedFile[],
  spec: DatasetSpec,
  limits: ReadLimits,
): Promise<OpenRows> {
  const [first] = files;
  if (!first) throw new errors.GLIMPSE_DATASET_EMPTY();
  if (format === 'idx') {
    const { images, labels } = await pairOf(files);
    // Classes come from all labels, so that they do not depend on offset and limit.
    const classes = spec.classes ?? (await readIdxClasses(labels, limits));
    return { rows: readIdxRows(images, labels, limits), classes };
  }
  if (files.length > 1) {
    throw new errors.GLIMPSE_DATASET_INVALID(`${files.length} files are too many for ${format}`);
  }
  const { classes } = spec;
  if (format === 'csv') return { rows: readCsvRows(first.file, spec.labelColumn, limits), classes };
  const field = spec.labelColumn === undefined ? undefined : String(spec.labelColumn);
  const read = format === 'json' ? readJsonRows : readNdjsonRows;
  return { rows: read(first.file, field, limits), classes };
}

/** Which of two IDX files has the images: their headers say so, whatever order they came in. */
async function pairOf(files: readonly LocatedFile[]): Promise<{ images: string; labels: string }> {
  const axes = await Promise.all(files.map(async ({ file }) => idxAxes(await readHead(file, 4))));
  const images = files[axes.findIndex((count) => count !== undefined && count >= 3)];
  const labels = files[axes.indexOf(1)];
  if (files.length !== 2 || !images || !labels) {
    throw new errors.GLIMPSE_DATASET_INVALID(
      'IDX takes one file of images and one of labels (3 or 4 axes and 1 axis of bytes)',
    );
  }
  return { images: images.file, labels: labels.file };
}

const EXTENSIONS: Record<string, DatasetFormat> = {
  csv: 'csv',
  tsv: 'csv',
  json: 'json',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  idx: 'idx',
};

/** By the file's name, else by its first bytes. */
async function detectFormat({ name, file }: LocatedFile): Promise<DatasetFormat> {
  const extension = name.toLowerCase().replace(/\.gz$/, '').split('.').at(-1) ?? '';
  const known = EXTENSIONS[extension];
  if (known) return known;
  const head = await readHead(file, 65_536);
  if (idxAxes(head) !== undefined) return 'idx';
  const text = head
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (text.startsWith('[')) return 'json';
  if (!text.startsWith('{')) return 'csv';
  return isObjectALine(text) ? 'ndjson' : 'json';
}

/** Whether the first line is a whole JSON object with more lines after it. */
function isObjectALine(text: string): boolean {
  const [line = '', ...more] = text.split('\n');
  if (more.length === 0) return false;
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

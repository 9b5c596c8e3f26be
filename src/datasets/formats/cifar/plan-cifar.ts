import { posix } from 'node:path';
import { errors } from '../../../errors.ts';
import type { ReadOptions } from '../../bytes/byte-source.ts';
import { byName, cifarOfName, isPickledCifar, printable } from '../../file-names.ts';
import { noteOfSplits } from '../../images/split-folders.ts';
import { leastMaximum } from '../../pixels/pixel-range.ts';
import { severalInside } from '../../refusal.ts';
import type { Row } from '../../row.ts';
import {
  ignoreMore,
  type DatasetFile,
  type DatasetSource,
  type IgnoredFiles,
  type LocatedDataset,
} from '../../source.ts';
import type { DatasetSpec, DatasetSplit } from '../../spec.ts';
import { readCifarRows } from './cifar-rows.ts';
import { readPickledNames } from './pickled-batch.ts';
import { cifarVersions, recordBytes, type CifarVersion } from './cifar-versions.ts';

/** The files of CIFAR as a dataset. */
export interface CifarPlan {
  readonly rows: AsyncIterable<Row>;
  readonly classes: readonly string[] | undefined;
  readonly ignored: IgnoredFiles;
  readonly notes: readonly string[];
  readonly heldOut?: { readonly split: DatasetSplit } | undefined;
  readonly leastMaximum: number;
}

/** Which files are read, and what their classes are called; the training files are read, and the test file held out. */
export async function planCifar(
  { source }: LocatedDataset,
  { classes, split }: DatasetSpec,
  options: ReadOptions,
): Promise<CifarPlan> {
  const { version, folder, parts } = partsOf(source);
  const hasTraining = !parts.every(isTest);
  const wanted = split ?? (hasTraining ? 'train' : 'test');
  const read = parts.filter((part) => wanted === (isTest(part) ? 'test' : 'train'));
  const [first] = read;
  if (!first) throw invalid(`${version.title}: it has no file of the split "${wanted}"`);
  for (const part of read) checkSize(part, version);
  const others = parts.filter((part) => !read.includes(part)).map(({ name }) => name);
  const isPickled = isPickledCifar(first.name);
  const called = isPickled ? version.pickledNamesFile : version.namesFile;
  const namesFile = await source.find(posix.join(folder, called));
  const names = namesFile && (await readNames(namesFile, isPickled, options));
  const known = [...parts.map(({ name }) => name), namesFile?.name];
  const left = source.files.map(({ name }) => name).filter((name) => !known.includes(name));
  return {
    rows: readCifarRows(read, { version, names }, options),
    classes: classes ?? names,
    ignored: ignoreMore(source.ignored, left, 'another file'),
    notes: noteOfSplits(first.name, others),
    heldOut: wanted === 'train' && others.length > 0 ? { split: 'test' } : undefined,
    leastMaximum: leastMaximum.bytes,
  };
}

const isTest = ({ name }: DatasetFile): boolean => posix.basename(name).startsWith('test');

/** The files with images, which are of one version and lie in one folder. */
function partsOf({ files }: DatasetSource) {
  const parts = files.filter(({ name }) => cifarOfName(name) !== undefined).sort(byName);
  const places = new Set(
    parts.map(
      ({ name }) =>
        `${posix.dirname(name)}/${String(cifarOfName(name))} ${String(isPickledCifar(name))}`,
    ),
  );
  const [first] = parts;
  if (!first) {
    throw invalid(
      'CIFAR: none of its files is called data_batch_1.bin, test_batch.bin, train.bin or the like',
    );
  }
  if (places.size > 1) {
    throw severalInside(
      'it holds CIFAR more than once',
      parts.map(({ name }) => name),
    );
  }
  const version = cifarVersions[cifarOfName(first.name)!];
  return { version, folder: posix.dirname(first.name), parts };
}

function checkSize({ name, size }: DatasetFile, version: CifarVersion): void {
  const bytes = recordBytes(version);
  if (isPickledCifar(name)) return;
  if (size > 0 && size % bytes === 0) return;
  throw invalid(
    `"${printable(name)}" is read as ${version.title} and has ${size} bytes, which are not whole records of ${bytes}; was its download interrupted?`,
  );
}

const MAX_NAMES_BYTES = 65_536;

/** The names of the classes; undefined when there is no such file, which a bucket only tells when it is read. */
async function readNames(
  file: DatasetFile,
  isPickled: boolean,
  { signal }: ReadOptions,
): Promise<string[] | undefined> {
  const reading = isPickled ? readPickledNames(file, signal) : readLines(file, signal);
  const lines = await reading.catch((error: unknown) => {
    if (error instanceof errors.GLIMPSE_DATASET_NOT_FOUND) return undefined;
    throw error;
  });
  if (!lines) return undefined;
  const names = lines.map((line) => line.normalize('NFC').trim()).filter((line) => line !== '');
  const isClear = names.length > 0 && new Set(names).size === names.length;
  if (isClear && names.every(({ length }) => length <= 200)) return names;
  throw invalid(
    `"${printable(file.name)}" must hold the name of a class on each line, each once and of at most 200 characters`,
  );
}

async function readLines(file: DatasetFile, signal: AbortSignal | undefined): Promise<string[]> {
  const bytes = await file.read(MAX_NAMES_BYTES, signal);
  return new TextDecoder().decode(bytes).split('\n');
}

function invalid(reason: string): Error {
  return new errors.GLIMPSE_DATASET_INVALID(reason);
}

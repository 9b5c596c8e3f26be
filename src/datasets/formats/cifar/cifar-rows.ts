import { errors } from '../../../errors.ts';
import { createByteReader } from '../../bytes/byte-reader.ts';
import { readDecoded, type FileOnDisk, type ReadOptions } from '../../bytes/byte-source.ts';
import { isPickledCifar, printable } from '../../file-names.ts';
import { interleave } from '../../pixels/planes.ts';
import type { Row } from '../../row.ts';
import type { DatasetFile } from '../../source.ts';
import { cifarShape, recordBytes, type CifarVersion } from './cifar-versions.ts';
import { readPickledBatch } from './pickled-batch.ts';

/** What the labels of the files mean. */
export interface CifarLabels {
  readonly version: CifarVersion;
  /** The names of the classes, where a file tells them. */
  readonly names?: readonly string[] | undefined;
}

/** The records of the files, one file after the other; a label that is none of the version throws. */
export async function* readCifarRows(
  files: readonly DatasetFile[],
  labels: CifarLabels,
  options: ReadOptions,
): AsyncGenerator<Row> {
  for (const file of files) {
    const entry = files.length > 1 ? { entry: file.name } : {};
    if (isPickledCifar(file.name)) {
      for await (const row of readPickled(file, labels, options)) yield { ...row, ...entry };
      continue;
    }
    const copy = await file.local(options.signal);
    try {
      for await (const row of readRecords(copy, labels, options)) yield { ...row, ...entry };
    } finally {
      await copy.release();
    }
  }
}

async function* readPickled(
  file: DatasetFile,
  { version, names }: CifarLabels,
  options: ReadOptions,
): AsyncGenerator<Row> {
  const batch = await readPickledBatch(file, options);
  const count = names?.length ?? version.labels.at(-1)!;
  for (const [index, label] of batch.labels.entries()) {
    if (!(label >= 0 && label < count))
      throw wrongLabel(file.name, version, index + 1, label, count);
    const values = interleave(batch.pixelsOf(index), cifarShape.channels);
    yield { line: index + 1, label: names?.[label] ?? label, values, shape: cifarShape };
  }
}

async function* readRecords(
  file: FileOnDisk,
  { version, names }: CifarLabels,
  options: ReadOptions,
): AsyncGenerator<Row> {
  const reader = createByteReader(readDecoded(file, options));
  const { length } = version.labels;
  // A names file may be of a dataset with more or fewer classes than the original.
  const counts = [...version.labels.slice(0, -1), names?.length ?? version.labels[length - 1]!];
  try {
    for (let line = 1; ; line += 1) {
      const record = await reader.take(recordBytes(version));
      if (!record) return;
      const wrong = counts.findIndex((count, at) => record[at]! >= count);
      if (wrong >= 0) {
        throw wrongLabel(file.name, version, line, record[wrong]!, counts[wrong]!);
      }
      const number = record[length - 1]!;
      const values = interleave(record.subarray(length), cifarShape.channels);
      yield { line, label: names?.[number] ?? number, values, shape: cifarShape };
    }
  } finally {
    await reader.close();
  }
}

function wrongLabel(
  name: string,
  { title }: CifarVersion,
  record: number,
  label: number,
  classes: number,
): Error {
  return new errors.GLIMPSE_DATASET_INVALID(
    `"${printable(name)}" is read as ${title}: a label of record ${record} is ${label}, and there are ${classes} classes; if it is no ${title}, give it another name or form`,
  );
}

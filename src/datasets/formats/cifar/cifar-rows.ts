import { errors } from '../../../errors.ts';
import { createByteReader } from '../../bytes/byte-reader.ts';
import { readDecoded, type FileOnDisk, type ReadOptions } from '../../bytes/byte-source.ts';
import { printable } from '../../file-names.ts';
import { interleave } from '../../pixels/planes.ts';
import type { Row } from '../../row.ts';
import type { DatasetFile } from '../../source.ts';
import { cifarShape, recordBytes, type CifarVersion } from './cifar-versions.ts';

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
    const copy = await file.local(options.signal);
    try {
      const entry = files.length > 1 ? { entry: file.name } : {};
      for await (const row of readRecords(copy, labels, options)) yield { ...row, ...entry };
    } finally {
      await copy.release();
    }
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
        throw new errors.GLIMPSE_DATASET_INVALID(
          `"${printable(file.name)}" is read as ${version.title}: a label of record ${line} is ${record[wrong]}, and there are ${counts[wrong]} classes; if it is no ${version.title}, give it another name or form`,
        );
      }
      const number = record[length - 1]!;
      const values = interleave(record.subarray(length), cifarShape.channels);
      yield { line, label: names?.[number] ?? number, values, shape: cifarShape };
    }
  } finally {
    await reader.close();
  }
}

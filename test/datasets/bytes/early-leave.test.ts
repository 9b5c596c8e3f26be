import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { readHead, type FileOnDisk } from '../../../src/datasets/bytes/byte-source.ts';
import { readCsvRecords } from '../../../src/datasets/bytes/csv-records.ts';
import { readFirstObject } from '../../../src/datasets/bytes/json-object.ts';
import { readLines } from '../../../src/datasets/bytes/text-lines.ts';
import { createCsvReader } from '../../../src/datasets/formats/csv-rows.ts';
import { readIdxClasses, readIdxRows } from '../../../src/datasets/formats/idx-rows.ts';
import { writeIdxPair } from '../../../src/datasets/formats/write-idx.ts';
import type { Dataset } from '../../../src/datasets/dataset.ts';
import { createJsonReader } from '../../../src/datasets/formats/json-rows.ts';
import {
  checkArrowColumns,
  readArrowRows,
} from '../../../src/datasets/formats/arrow/arrow-rows.ts';
import { openArray, readArrayRows } from '../../../src/datasets/formats/numpy/array-rows.ts';
import { readTfRecordRows } from '../../../src/datasets/formats/tfrecord/tfrecord-rows.ts';
import { readCifarRows } from '../../../src/datasets/formats/cifar/cifar-rows.ts';
import { cifarVersions } from '../../../src/datasets/formats/cifar/cifar-versions.ts';
import { maskedCrc, readRecords } from '../../../src/datasets/formats/tfrecord/record-frames.ts';
import { createPixelScale } from '../../../src/datasets/pixels/pixel-range.ts';
import { hadoopSnappy } from '../../support/hadoop-snappy.ts';
import { npy } from '../../support/npy.ts';
import { idx, temporaryFolder } from '../dataset-files.ts';
import { canSeeOpenFiles, fileOf, fileOnDisk, timesOpen, unlimited } from '../disk-files.ts';

const jsonOptions = {
  labelColumn: 'label',
  imageColumn: undefined,
  expected: {},
  decode: () => {
    throw new Error('these examples hold no image files');
  },
};

/** Takes the first of many and leaves. */
async function takeOne(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items) return;
}

/** Longer than what is read at a time, so that leaving is all that closes it. */
const csv = `a,${'1'.repeat(1000)}\n`.repeat(600);
const json = `[${'{"label":1,"pixels":[1]},\n'.repeat(40_000)}`;
const images = idx([600_000, 1, 1], new Uint8Array(600_000));
const labels = idx([600_000], new Uint8Array(600_000));

const array = (...shape: number[]) => npy({ descr: '|u1', shape, data: new Uint8Array(shape[0]!) });
const arrayRows = async (pixels: FileOnDisk, classes: FileOnDisk) =>
  readArrayRows(await openArray(pixels), await openArray(classes), { ...unlimited, expected: {} });
const arrow = await readFile(join(import.meta.dirname, '../arrow-files/list-stream.arrow'));
const arrowOptions = { ...unlimited, ...jsonOptions, scale: createPixelScale(undefined) };
const examples = await readFile(join(import.meta.dirname, '../tfrecord-files/floats.tfrecord'));
const tfOptions = { ...jsonOptions, labelColumn: undefined };
/** Empty records of TFRecord: a length of 0, and the checksums of that and of nothing. */
const emptyRecord = Buffer.alloc(16);
emptyRecord.writeUInt32LE(maskedCrc(emptyRecord.subarray(0, 8)), 8);
emptyRecord.writeUInt32LE(maskedCrc(Buffer.alloc(0)), 12);
const records = Buffer.concat(Array.from({ length: 40_000 }, () => emptyRecord));

describe.skipIf(!canSeeOpenFiles)('a file is closed when its reader leaves early', () => {
  it.each<[string, string | Uint8Array, (file: FileOnDisk) => Promise<unknown>]>([
    ['with its head', csv, (file) => readHead(file, 10)],
    ['with the first record', csv, (file) => takeOne(readCsvRecords(file, unlimited))],
    [
      'with a record behind a quote',
      `"a",1\n${csv}`,
      (file) => takeOne(readCsvRecords(file, unlimited)),
    ],
    [
      'with a record of an old Mac',
      csv.replaceAll('\n', '\r'),
      (file) => takeOne(readCsvRecords(file, unlimited)),
    ],
    [
      'with a row of CSV',
      csv,
      (file) => takeOne(createCsvReader(undefined, undefined).read(file, unlimited)),
    ],
    ['with a line', csv, (file) => takeOne(readLines(file, unlimited))],
    ['with the first object', json.slice(1), (file) => readFirstObject(file, unlimited)],
    [
      'with an element',
      json,
      (file) => takeOne(createJsonReader(jsonOptions).readArray(file, unlimited)),
    ],
    [
      'with an image',
      images,
      async (file) => takeOne(readIdxRows(file, await fileOnDisk(labels), unlimited)),
    ],
    [
      'with a label',
      labels,
      async (file) => takeOne(readIdxRows(await fileOnDisk(images), file, unlimited)),
    ],
    [
      'with a row of an array',
      array(600_000, 1),
      async (file) => takeOne(await arrayRows(file, await fileOnDisk(array(600_000)))),
    ],
    [
      'with a label of an array',
      array(600_000),
      async (file) => takeOne(await arrayRows(await fileOnDisk(array(600_000, 1)), file)),
    ],
    [
      'with a row of an array that lies column by column',
      npy({ descr: '|u1', shape: [2, 2], data: new Uint8Array(4), isFortran: true }),
      async (file) => takeOne(await arrayRows(file, await fileOnDisk(array(2)))),
    ],
    ['with a row of Arrow', arrow, (file) => takeOne(readArrowRows(file.path, arrowOptions))],
    ['with the columns of Arrow', arrow, (file) => checkArrowColumns(file.path, arrowOptions)],
    ['with an example', examples, (file) => takeOne(readTfRecordRows(file, tfOptions, unlimited))],
    [
      'with a record of CIFAR',
      new Uint8Array(3073 * 200),
      (file) =>
        takeOne(
          readCifarRows(
            [{ ...fileOf('x'), local: async () => ({ ...file, release: async () => {} }) }],
            { version: cifarVersions[10] },
            unlimited,
          ),
        ),
    ],
    ['with a record', records, (file) => takeOne(readRecords(file, unlimited))],
    [
      'with a wrong header',
      Buffer.alloc(600_000),
      (file) => readIdxClasses(file, unlimited).catch(() => {}),
    ],
  ])('%s', async (_, content, leave) => {
    const file = await fileOnDisk(content);
    await leave(file);
    await vi.waitFor(() => expect(timesOpen(file.path)).toBe(0));
  });

  it('with bytes of Hadoop', async () => {
    const file = await fileOnDisk(hadoopSnappy(csv), 'rows.snappy');
    await readHead(file, 10);
    await vi.waitFor(() => expect(timesOpen(file.path)).toBe(0));
  });

  it('once it is written', async () => {
    const folder = await temporaryFolder();
    const shape = { height: 1, width: 1, channels: 1 } as const;
    const dataset = { pixels: Uint8Array.of(1), labels: Int32Array.of(0), classes: ['a'], shape };
    const files = await writeIdxPair(folder, dataset as unknown as Dataset);
    for (const { file } of files.values()) expect(timesOpen(file)).toBe(0);
  });
});

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isTfRecord, maskedCrc } from '../../src/datasets/formats/tfrecord/record-frames.ts';
import { record } from '../support/tfrecord.ts';
import { read, readText, temporaryFolder } from './dataset-files.ts';

const fixture = (name: string): Promise<Buffer> =>
  readFile(join(import.meta.dirname, 'tfrecord-files', `${name}.tfrecord`));
const shape = { width: 4, height: 4, channels: 1 } as const;
/** As write-fixtures.py makes them. */
const pixels = Array.from({ length: 6 }, (_, i) =>
  Array.from({ length: 16 }, (_unused, p) => (i * 37 + p * 11) % 256),
).flat();

describe('TFRecord files of tf.train.Example', () => {
  it('are read as TF-Slim names features: an encoded image and the number of its class', async () => {
    const { dataset, format } = await readText('a.tfrecord', await fixture('slim'), { shape });
    expect(format).toBe('tfrecord');
    expect([...dataset.pixels]).toEqual(pixels);
    expect(dataset.classes).toEqual(['0', '1', '2']);
    const named = { shape, labelColumn: 'image/class/text' };
    const texts = await readText('a.tfrecord', await fixture('slim'), named);
    expect(texts.dataset.classes).toEqual(['cat', 'dog', 'emu']);
  });

  it('are read with raw pixels, whose height and width stand beside them', async () => {
    for (const bytes of [await fixture('raw'), gzipSync(await fixture('raw'))]) {
      const { dataset } = await readText('a', bytes);
      expect([...dataset.pixels]).toEqual(pixels);
      expect(dataset.shape).toEqual({ width: 8, height: 2, channels: 1 });
    }
  });

  it('are read with lists of numbers and labels of text', async () => {
    const { dataset } = await readText('a', await fixture('floats'));
    expect([...dataset.pixels]).toEqual(pixels);
    expect(dataset.classes).toEqual(['cat', 'dog', 'emu']);
  });

  it('are one dataset when they are shards of one', async () => {
    const folder = await temporaryFolder();
    for (const at of [0, 1]) {
      await writeFile(join(folder, `train.tfrecord-0000${at}-of-00002`), await fixture('raw'));
    }
    expect((await read(folder, { uri: '.' })).dataset.labels).toHaveLength(12);
  });

  it('ask for what their features leave open', async () => {
    const bytes = await fixture('floats');
    await expect(readText('a', bytes, { labelColumn: 'kind' })).rejects.toMatchObject({
      details: { option: 'labelColumn', columns: ['image', 'label'] },
    });
    await expect(readText('a', bytes, { imageColumn: 'photo' })).rejects.toMatchObject({
      details: { option: 'imageColumn', columns: ['image', 'label'] },
    });
  });
});

describe('TFRecord files that are damaged', () => {
  it('have the checksum of CRC-32C, masked', () => {
    // 0xe3069283 is the check value of CRC-32C.
    const crc = 0xe3069283;
    const masked = ((((crc >>> 15) | (crc << 17)) >>> 0) + 0xa282ead8) % 2 ** 32;
    expect(maskedCrc(Buffer.from('123456789'))).toBe(masked);
    expect(isTfRecord(record(Buffer.from('x')))).toBe(true);
    expect(isTfRecord(record(Buffer.from('x')).subarray(0, 11))).toBe(false);
  });

  it.each([
    [
      'in a record',
      (bytes: Buffer) => bytes.fill(bytes[100]! ^ 1, 100, 101),
      'record 1 is damaged (CRC)',
    ],
    ['cut off in a record', (bytes: Buffer) => bytes.subarray(0, -1), 'it ends in record 6'],
    [
      'cut off in a head',
      (bytes: Buffer) => Buffer.concat([bytes, Buffer.from([1, 2])]),
      'it ends in the head of record 7',
    ],
    [
      'in a head',
      (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(12, 7)]),
      'the head of record 7 is damaged (CRC)',
    ],
  ])('are refused with the number of the record: %s', async (_, damage, reason) => {
    await expect(readText('a', damage(await fixture('raw')))).rejects.toThrow(
      `TFRecord: ${reason}`,
    );
  });

  it('are refused when the first record is no example, and count others as bad rows', async () => {
    const odd = record(Buffer.from([0x0a, 0x7f, 1]));
    await expect(readText('a', odd)).rejects.toThrow('TFRecord: it is no tf.train.Example');
    const bytes = Buffer.concat([await fixture('raw'), odd, record(Buffer.alloc(0))]);
    const { badRows } = await readText('a', bytes, {}, { maxBadRows: 2 });
    expect(badRows.rows).toEqual([
      { line: 7, reason: 'it is no tf.train.Example' },
      { line: 8, reason: 'it has no feature "image_raw"' },
    ]);
  });
});

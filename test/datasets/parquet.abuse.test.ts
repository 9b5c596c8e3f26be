import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isGlimpseError } from '../../src/errors.ts';
import { createRandom } from '../../src/random.ts';
import { read, type ReadOptions } from './dataset-files.ts';
import { folderWith } from './pictures.ts';

const folder = join(import.meta.dirname, 'parquet-files');
const shape = { width: 4, height: 4, channels: 1 } as const;
const bytesOf = (name: string) => readFile(join(folder, `${name}.parquet`));

async function readBytes(bytes: Uint8Array, options: ReadOptions = {}) {
  return read(await folderWith({ 'x.parquet': bytes }), { uri: 'x.parquet', shape }, options);
}

const refusal = (reason: string) => ({
  code: 'GLIMPSE_DATASET_INVALID',
  message: expect.stringContaining(reason),
});

describe('a Parquet file that is no dataset', () => {
  it.each([
    ['a column of text', 'columns-with-text', refusal('"id" holds no numbers')],
    ['pixels scaled to 0..1', 'columns-scaled', refusal('dataset.range, e.g. 1 ')],
    ['no row', 'empty', { code: 'GLIMPSE_DATASET_EMPTY' }],
  ])('is refused with its reason: %s', async (_, name, expected) => {
    await expect(read(folder, { uri: `${name}.parquet` })).rejects.toMatchObject(expected);
  });

  it('is refused when it lacks the asked column', async () => {
    for (const labelColumn of ['colour', 99]) {
      await expect(
        read(folder, { uri: 'list-uint8-zstd.parquet', labelColumn }),
      ).rejects.toMatchObject(refusal(`no column "${labelColumn}"`));
    }
  });

  it('is refused wherever it is cut off', async () => {
    const bytes = await bytesOf('list-uint8-zstd');
    for (const end of [4, 8, 11, 100, 1000, bytes.length - 1]) {
      await expect(readBytes(bytes.subarray(0, end)), `at ${end}`).rejects.toMatchObject(
        refusal('is it cut off?'),
      );
    }
  });

  it('is refused when its footer is encrypted or longer than the file', async () => {
    const bytes = await bytesOf('list-uint8-zstd');
    const encrypted = Buffer.concat([bytes.subarray(0, -4), Buffer.from('PARE')]);
    await expect(readBytes(encrypted)).rejects.toMatchObject(refusal('encrypted'));
    const endless = Buffer.from(bytes);
    endless.writeUInt32LE(0xffffffff, bytes.length - 8);
    await expect(readBytes(endless)).rejects.toMatchObject(refusal('length that cannot be'));
  });

  it('is refused when a row group is larger than a dataset may be', async () => {
    const limits = { maxBytes: 100 };
    await expect(
      readBytes(await bytesOf('columns-uint8-snappy'), { limits }),
    ).rejects.toMatchObject(refusal('GLIMPSE_MAX_DATASET_BYTES'));
  });

  it('stops being read when the caller gives up', async () => {
    const stop = new AbortController();
    const reading = readBytes(await bytesOf('columns-uint8-snappy'), { signal: stop.signal });
    const reason = new Error('enough');
    stop.abort(reason);
    await expect(reading).rejects.toBe(reason);
  });

  it('never fails in a way that has no code, whatever bytes are bent', async () => {
    const random = createRandom(7);
    for (const name of ['columns-uint8-snappy', 'list-int16-v2', 'images-hugging-face']) {
      const bytes = await bytesOf(name);
      for (let trial = 0; trial < 60; trial += 1) {
        const bent = Buffer.from(bytes);
        for (let times = 0; times < 3; times += 1)
          bent[random.integer(bent.length)] = random.integer(256);
        const problem = await readBytes(bent, { maxBadRows: 12 }).catch((error: unknown) => error);
        const isFine = isGlimpseError(problem) || !(problem instanceof Error);
        expect(isFine, `${name}, trial ${trial}: ${String(problem)}`).toBe(true);
      }
    }
  });
});

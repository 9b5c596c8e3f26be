import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { unpackLz4Frame } from '../../src/datasets/bytes/lz4-frame.ts';
import type { DatasetSpec } from '../../src/datasets/spec.ts';
import { read, readText, type ReadOptions } from './dataset-files.ts';

const folder = join(import.meta.dirname, 'arrow-files');
const shape = { width: 4, height: 4, channels: 1 } as const;

/** As write-fixtures.py makes them. */
const allPixels = Array.from({ length: 12 }, (_, i) =>
  Array.from({ length: 16 }, (_unused, p) => (i * 37 + p * 11) % 256),
).flat();
const names = ['cat', 'dog', 'emu'];

const open = (uri: string, spec: Omit<DatasetSpec, 'uri'> = {}, options: ReadOptions = {}) =>
  read(folder, { uri, ...spec }, options);
const bytesOf = (name: string): Promise<Buffer> => readFile(join(folder, name));

describe('Arrow and Feather files of real writers', () => {
  it.each([
    ['pandas.feather', 'pixel columns packed by LZ4'],
    ['pandas-zstd.feather', 'pixel columns packed by zstd, and a label of categories'],
    ['list-stream.arrow', 'a stream with lists of bytes'],
    ['large-lists.arrow', 'large lists in large lists, packed by zstd'],
    ['fixed-list.arrow', 'lists of one length, of floats'],
    ['half-list.arrow', 'lists of floats of two bytes, packed by zstd'],
    ['tensor.arrow', 'tensors of one shape'],
  ])('%s is read: %s', async (file) => {
    const { dataset, format, rowsRead } = await open(file);
    expect(format).toBe('arrow');
    expect([...dataset.pixels]).toEqual(allPixels);
    expect([...dataset.labels]).toEqual(Array.from({ length: 12 }, (_, i) => i % 3));
    expect(dataset.classes).toEqual(names);
    expect(dataset.shape).toEqual(shape);
    expect(rowsRead).toBe(12);
  });

  it('of Hugging Face are read: encoded images in structs, class names from the metadata', async () => {
    const { dataset } = await open('hugging-face.arrow', { shape });
    expect([...dataset.pixels]).toEqual(allPixels.slice(0, 6 * 16));
    expect(dataset.classes).toEqual(names);
  });

  it('of polars are read: views of text and bytes, the schema in the footer only', async () => {
    const { dataset } = await open('polars.arrow', { shape });
    expect([...dataset.pixels]).toEqual(allPixels);
    expect(dataset.classes).toEqual(names.map((name) => `a long name of ${name}`));
  });

  it('are known by their bytes, whatever their name', async () => {
    for (const file of ['pandas.feather', 'list-stream.arrow']) {
      expect((await readText('rows.bin', await bytesOf(file))).format).toBe('arrow');
    }
  });

  it('tell bad rows by their number in the file', async () => {
    const { badRows, dataset } = await open('bad-values.arrow', {}, { maxBadRows: 3 });
    expect(badRows).toEqual({
      count: 3,
      rows: [
        { line: 2, reason: 'its pixels are nested unevenly' },
        { line: 4, reason: 'pixel 15 is not a number from 0 to 255' },
        { line: 12, reason: 'the label is missing' },
      ],
    });
    expect(dataset.labels).toHaveLength(9);
    await expect(open('uneven.arrow')).rejects.toMatchObject({
      details: { badRows: { rows: [{ line: 1, reason: 'its pixels are nested unevenly' }] } },
    });
  });

  it('ask for what their columns leave open', async () => {
    await expect(open('pandas.feather', { labelColumn: 'kind' })).rejects.toThrow(
      'it has no column "kind"',
    );
    await expect(open('list-stream.arrow', { imageColumn: 'photo' })).rejects.toThrow(
      'it has no column "photo" that holds images',
    );
    const { dataset } = await open('list-stream.arrow', { imageColumn: 'pixels' });
    expect([...dataset.pixels]).toEqual(allPixels);
  });
});

describe('Arrow files that cannot be read', () => {
  it('are refused when they are cut off, wherever that is', async () => {
    for (const file of ['pandas.feather', 'list-stream.arrow']) {
      const bytes = await bytesOf(file);
      for (const share of [0.01, 0.3, 0.6, 0.98]) {
        const part = bytes.subarray(0, Math.max(12, Math.floor(bytes.length * share)));
        await expect(readText('a.arrow', part)).rejects.toMatchObject({
          code: expect.stringMatching(/^GLIMPSE_DATASET_(INVALID|EMPTY)$/),
        });
      }
    }
  });

  it('are refused when they are packed as a whole', async () => {
    await expect(readText('a.arrow', gzipSync(await bytesOf('pandas.feather')))).rejects.toThrow(
      'Arrow: it is packed with gzip; unpack it, or use the compression of Arrow itself',
    );
  });

  it(
    'never do more than fail when any of their bytes is another',
    { timeout: 60_000 },
    async () => {
      const bytes = await bytesOf('pandas-zstd.feather');
      for (let at = 8; at < bytes.length; at += 97) {
        const damaged = Buffer.from(bytes);
        damaged[at]! ^= 0xff;
        const outcome = await readText('a.arrow', damaged, {}, { maxBadRows: 100 }).catch(
          (error: unknown) => error,
        );
        if (outcome instanceof Error) {
          expect(outcome).toMatchObject({ code: expect.stringMatching(/^GLIMPSE_/) });
        }
      }
    },
  );
});

const unpack = (packed: Uint8Array, length: number): number[] => {
  const out = new Uint8Array(length);
  unpackLz4Frame(packed, out);
  return [...out];
};

describe('LZ4 frames', () => {
  const magic = [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82];
  const frame = (...blocks: readonly (readonly number[])[]): Uint8Array =>
    Uint8Array.from([
      ...magic,
      ...blocks.flatMap((block) => [block.length % 256, block.length >> 8, 0, 0, ...block]),
      0,
      0,
      0,
      0,
    ]);

  it('give literals, matches that overlap themselves, and matches in the block before', () => {
    // Two literals, a match of five from one byte back, and one last literal.
    expect(unpack(frame([0x21, 7, 8, 1, 0, 0x10, 9]), 8)).toEqual([7, 8, 8, 8, 8, 8, 8, 9]);
    // The second block begins with a match of four from three bytes back.
    const before = [0x30, 1, 2, 3];
    expect(unpack(frame(before, [0x00, 3, 0, 0x10, 4]), 8)).toEqual([1, 2, 3, 1, 2, 3, 1, 4]);
  });

  it('give stored blocks, and lengths that go on in further bytes', () => {
    const stored = Uint8Array.from([...magic, 2, 0, 0, 0x80, 5, 6, 0, 0, 0, 0]);
    expect(unpack(stored, 2)).toEqual([5, 6]);
    const literals = Array.from({ length: 271 }, (_, index) => index % 256);
    expect(unpack(frame([0xf0, 255, 1, ...literals]), 271)).toEqual(literals);
  });

  it.each([
    ['cut off', frame([0x21, 7, 8, 1, 0, 0x10, 9]).subarray(0, -6), 8],
    ['without its mark', Uint8Array.from({ length: 12 }), 1],
    ['shorter than they say', frame([0x10, 7]), 2],
    ['longer than they say', frame([0x20, 7, 8]), 1],
    ['with a match before the beginning', frame([0x11, 7, 2, 0, 0x10, 9]), 7],
    ['with a match of offset 0', frame([0x11, 7, 0, 0, 0x10, 9]), 7],
    ['with a match beyond the end', frame([0x1f, 7, 1, 0, 255, 255, 0]), 7],
  ])('are refused when they are %s', (_, packed, length) => {
    expect(() => unpack(packed, length)).toThrow('an LZ4 frame is broken, cut off or longer');
  });
});

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawPictures, folderWith } from './pictures.ts';
import { idx, read, readText, temporaryFolder } from './dataset-files.ts';

/** Twenty 2x2 images of two classes; the brightest pixel is `white`, the darkest `black`. */
const images = (white: number, black = 0) =>
  Array.from({ length: 20 }, (_, at) => ({
    label: at % 2 ? 'b' : 'a',
    pixels: [white, black, at % 2 ? white : black, black],
  }));

const csv = (rows: ReturnType<typeof images>) =>
  rows.map(({ label, pixels }) => [label, ...pixels].join(',')).join('\n');

const bytes = (white: number) => Uint8Array.from(images(white).flatMap(({ pixels }) => pixels));

describe('a table whose values are hardly 0..255', () => {
  it.each([
    [1, 'from 0 to 1, not to 255; say what white is: dataset.range, e.g. 1 (--range)'],
    [0.5, 'from 0 to 0.5, not to 255; say what white is: dataset.range, e.g. 1 (--range)'],
    [15, 'from 0 to 15, not to 255; say what white is: dataset.range, e.g. 15 (--range)'],
    [16, 'from 0 to 16, not to 255; say what white is: dataset.range, e.g. 16 (--range)'],
    [100, 'from 0 to 100, not to 255; say what white is: dataset.range, e.g. 100 (--range)'],
    [127, 'from 0 to 127, not to 255; say what white is: dataset.range, e.g. 127 (--range)'],
  ])('is refused with what was seen and what decides it: 0..%s', async (white, message) => {
    const refusal = {
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining(message),
      details: { option: 'range', min: 0, max: white },
    };
    const rows = images(white);
    await expect(readText('x.csv', csv(rows))).rejects.toMatchObject(refusal);
    await expect(readText('x.json', JSON.stringify(rows))).rejects.toMatchObject(refusal);
  });

  it('is judged as a whole, and not by its first rows', async () => {
    const rows = [...images(16), { label: 'a', pixels: [128, 0, 0, 0] }];
    expect((await readText('x.csv', csv(rows))).dataset.pixels[0]).toBe(16);
  });

  it('is taken as it is when the request says that it is so dark', async () => {
    const { dataset } = await readText('x.csv', csv(images(16)), { range: 255 });
    expect([...dataset.pixels.subarray(0, 4)]).toEqual([16, 0, 0, 0]);
  });

  it.each([
    ['white', 16, 16, 0],
    ['black and white', [-1, 1], 1, -1],
    ['the ends of standardised values, rounded', [-0.4242, 2.8215], 2.821486, -0.424213],
    ['sixteen bits', 65_535, 65_535, 0],
  ])('becomes bytes by the range of the request: %s', async (_, range, white, black) => {
    const rows = images(white, black);
    const expected = [255, 0, 0, 0, 255, 0, 255, 0];
    for (const [name, text] of [
      ['x.csv', csv(rows)],
      ['x.ndjson', rows.map((row) => JSON.stringify(row)).join('\n')],
    ] as const) {
      const { dataset } = await readText(name, text, { range });
      expect([...dataset.pixels.subarray(0, 8)]).toEqual(expected);
    }
  });

  it('puts values between the ends of the range in proportion', async () => {
    const { dataset } = await readText('x.csv', 'a,0,4,8,16\nb,1,2,3,15\n', { range: 16 });
    expect([...dataset.pixels]).toEqual([0, 64, 128, 255, 16, 32, 48, 239]);
  });

  it('has a bad row for every value outside of the declared range', async () => {
    const { badRows } = await readText(
      'x.csv',
      `${csv(images(16))}\na,0,17,0,0`,
      { range: 16 },
      {
        maxBadRows: 1,
      },
    );
    expect(badRows.rows).toEqual([{ line: 21, reason: 'pixel 1 is not a number from 0 to 16' }]);
  });
});

describe('a table with values outside of 0..255', () => {
  it('is refused by what they are: standardised, or of sixteen bits', async () => {
    const most = { maxBadRows: 0.5 };
    const standardised = csv(images(2.8215, -0.4242));
    await expect(readText('x.csv', standardised, {}, most)).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining(
        'from -0.4242 to 2.8215, not from 0 to 255; say which of them are black and white: dataset.range, e.g. [-0.4242, 2.8215] (--range)',
      ),
      details: { option: 'range', min: -0.4242, badRows: { count: expect.any(Number) } },
    });
    await expect(readText('x.csv', csv(images(65_535)), {}, most)).rejects.toThrow(
      'from 0 to 65535',
    );
  });

  it('is a matter of single bad rows when most are fine', async () => {
    const rows = [...images(255), { label: 'a', pixels: [-1, 0, 0, 0] }];
    await expect(readText('x.csv', csv(rows))).rejects.toMatchObject({
      code: 'GLIMPSE_TOO_MANY_BAD_ROWS',
    });
  });
});

describe('the range of files that say it themselves', () => {
  it('is asked for where IDX holds nothing that could be seen, and not where it is dark', async () => {
    const folder = await temporaryFolder();
    await writeFile(
      join(folder, 'x-labels.idx1'),
      idx(
        [20],
        new Uint8Array(20).map((_, at) => at % 2),
      ),
    );
    const readWith = async (white: number, range?: number) => {
      await writeFile(join(folder, 'x-images.idx3'), idx([20, 2, 2], bytes(white)));
      const spec = { uri: 'x-images.idx3', labelsUri: 'x-labels.idx1' };
      return (await read(folder, { ...spec, ...(range !== undefined && { range }) })).dataset
        .pixels[0];
    };
    await expect(readWith(1)).rejects.toThrow('dataset.range, e.g. 1 ');
    await expect(readWith(16)).rejects.toThrow('dataset.range, e.g. 16 ');
    expect(await readWith(17)).toBe(17);
    expect(await readWith(16, 16)).toBe(255);
  });

  it('is never asked for with images, and makes no sense there', async () => {
    const pictures = await drawPictures(2);
    const folder = await folderWith(
      Object.fromEntries(
        pictures.map(({ png }, at) => [`set/${at % 2 ? 'b' : 'a'}/${at}.png`, png]),
      ),
    );
    const shape = { width: 2, height: 2, channels: 1 } as const;
    expect((await read(folder, { uri: 'set', shape })).rowsRead).toBe(2);
    await expect(read(folder, { uri: 'set', shape, range: 1 })).rejects.toThrow(
      'range is for numbers',
    );
  });

  it('must go up', async () => {
    await expect(readText('x.csv', csv(images(255)), { range: [1, 0] })).rejects.toThrow(
      'dataset.range [1, 0] does not go up',
    );
  });
});

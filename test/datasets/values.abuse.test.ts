import { describe, expect, it } from 'vitest';
import { zip } from '../support/zip.ts';
import { read, readText } from './dataset-files.ts';
import { drawPictures, folderWith, nameOf, pictureShape } from './pictures.ts';

const good = [0, 1, 2, 3];

/** Two good examples, then one whose pixel 2 is this text. */
const files = {
  csv: (value: string) => `a,${good.join()}\nb,${good.join()}\na,0,1,${value},3\n`,
  ndjson: (value: string) =>
    ['a', 'b']
      .map((label) => `${JSON.stringify({ label, pixels: good })}\n`)
      .concat(`{"label":"a","pixels":[0,1,${value},3]}\n`)
      .join(''),
  json: (value: string) => `[${files.ndjson(value).trim().split('\n').join(',\n')}]`,
};

const values = ['NaN', 'Infinity', '-Infinity', '1e999', '-1e999', '-1', '256', '255.5', '1e3'];
const kinds = ['csv', 'json', 'ndjson'] as const;
const cases = kinds.flatMap((kind) => values.map((value) => [value, kind] as const));

describe('a pixel that is none', () => {
  it.each(cases)('makes a bad row of its example: %s in %s', async (value, kind) => {
    const text = files[kind](value);
    const { dataset, badRows } = await readText(`rows.${kind}`, text, {}, { maxBadRows: 1 });
    expect([...dataset.pixels]).toEqual([...good, ...good]);
    expect(badRows).toEqual({
      count: 1,
      rows: [
        {
          line: 3,
          ...(kind === 'json' && { element: 2 }),
          reason: expect.stringMatching(/^pixel 2 is not a number|JSON/),
        },
      ],
    });
    await expect(readText(`rows.${kind}`, text)).rejects.toMatchObject({
      code: 'GLIMPSE_TOO_MANY_BAD_ROWS',
    });
  });

  it.each(kinds)('may be missing as well: in %s', async (kind) => {
    const missing = kind === 'csv' ? ['', ' ', '""', 'null'] : ['null', '""', '" "', '[]', '{}'];
    for (const value of missing) {
      const { badRows } = await readText(`rows.${kind}`, files[kind](value), {}, { maxBadRows: 1 });
      expect([value, badRows.rows[0]?.line]).toEqual([value, 3]);
    }
  });

  it.each(kinds)('is none of these, which are numbers from 0 to 255: in %s', async (kind) => {
    for (const [value, byte] of [
      ['254.7', 255],
      ['-0', 0],
      ['2.0', 2],
      ['1e1', 10],
    ] as const) {
      const { dataset } = await readText(`rows.${kind}`, files[kind](value));
      expect([value, dataset.pixels[10]]).toEqual([value, byte]);
    }
  });
});

describe('bytes in a zip that are not those that were packed', () => {
  it.each([[false], [true]])('refuse a table (stored: %s)', async (stored) => {
    const entry = { name: 'rows.csv', data: files.csv('2'), stored };
    const whole = await folderWith({ 'set.zip': zip([entry]) });
    expect((await read(whole, { uri: 'set.zip' })).dataset.labels).toHaveLength(3);
    const damaged = await folderWith({ 'set.zip': zip([{ ...entry, crc: 1 }]) });
    await expect(read(damaged, { uri: 'set.zip' })).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining('CRC'),
    });
  });

  it('make a bad row of an image', async () => {
    const entries = (await drawPictures(6)).map((picture, index) => ({
      name: nameOf(picture, index),
      data: picture.png,
      ...(index === 4 && { crc: 1 }),
    }));
    const folder = await folderWith({ 'set.zip': zip(entries) });
    const spec = { uri: 'set.zip', shape: pictureShape };
    const { badRows, dataset } = await read(folder, spec, { maxBadRows: 1 });
    expect(dataset.labels).toHaveLength(5);
    expect(badRows.rows).toEqual([
      { line: 5, entry: 'dog/004.png', reason: expect.stringContaining('CRC') },
    ]);
  });
});

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openerOver, readText, temporaryFolder } from './dataset-files.ts';
import { drawPictures, folderWith, nameOf } from './pictures.ts';

/** Twenty 2x2 images of two classes whose white is 16. */
const dark = Array.from(
  { length: 20 },
  (_, at) => `${at % 2 ? 'b' : 'a'},16,0,${at % 2 ? 16 : 8},0`,
).join('\n');

/** Opens a file as the evaluation dataset of another. */
async function openBeside(
  name: string,
  content: string,
  goesWith: Parameters<ReturnType<typeof openerOver>['open']>[1]['goesWith'],
  spec: { range?: number; layout?: 'chw' | 'hwc' } = {},
) {
  const folder = await temporaryFolder();
  await writeFile(join(folder, name), content);
  return openerOver(folder).open(
    { uri: name, ...spec },
    { uploads: [], workDir: folder, maxBadRows: 0, ...(goesWith && { goesWith }) },
  );
}

describe('what is said of the numbers of one dataset', () => {
  it('holds for the one that goes with it, when both are of one format, and is told', async () => {
    const taken = await openBeside('x.csv', dark, { format: 'csv', range: 16 });
    expect([...taken.dataset.pixels.subarray(0, 4)]).toEqual([255, 0, 128, 0]);
    expect(taken.notes).toEqual([
      'The evaluation dataset is read with range 16, as the dataset it goes with.',
    ]);
    await expect(openBeside('x.csv', dark, { format: 'parquet', range: 16 })).rejects.toMatchObject(
      {
        details: { option: 'range', max: 16 },
      },
    );
    await expect(openBeside('x.csv', dark, { format: 'csv' })).rejects.toMatchObject({
      details: { option: 'range', max: 16 },
    });
  });

  it('gives way to what the other says itself', async () => {
    const own = await openBeside('x.csv', dark, { format: 'csv', range: 16 }, { range: 32 });
    expect([...own.dataset.pixels.subarray(0, 4)]).toEqual([128, 0, 64, 0]);
    expect(own.notes).toEqual([]);
  });

  it('tells planes apart as the dataset it goes with, where pixels are flat', async () => {
    const planes = ['a', 'b'].map((label) =>
      [label, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 200].join(','),
    );
    const text = planes.join('\n');
    const taken = await openBeside('x.csv', text, { format: 'csv', layout: 'chw' });
    expect([...taken.dataset.pixels.subarray(0, 12)]).toEqual([
      1, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 200,
    ]);
    expect(taken.notes).toEqual([
      'The evaluation dataset is read with layout "chw", as the dataset it goes with.',
    ]);
    const said = { format: 'csv', range: [0, 400] as [number, number], layout: 'chw' } as const;
    const both = await openBeside('x.csv', text, said);
    expect(both.notes).toEqual([
      'The evaluation dataset is read with range 0,400 and layout "chw", as the dataset it goes with.',
    ]);
  });

  it('is nothing to images that go with numbers', async () => {
    const folder = await folderWith(
      Object.fromEntries((await drawPictures(4)).map((one, at) => [nameOf(one, at), one.png])),
    );
    const options = { uploads: [], workDir: folder, maxBadRows: 0 };
    const opened = await openerOver(folder).open(
      { uri: '.' },
      { ...options, goesWith: { format: 'csv', range: 16, layout: 'chw' } },
    );
    expect([opened.format, opened.notes]).toEqual(['images', []]);
  });
});

describe('what a request says of numbers', () => {
  it.each([
    [{ range: 16 }, 'range is for numbers; its rows hold files of images, which say it themselves'],
    [
      { layout: 'chw' as const },
      'layout is for numbers; its rows hold files of images, which say it themselves',
    ],
  ])('is refused where the rows of a table hold images: %j', async (said, message) => {
    const file = await readFile(join(import.meta.dirname, 'parquet-files/images-bytes.parquet'));
    const spec = { labelColumn: 'kind', ...said };
    await expect(readText('images.parquet', file, spec)).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining(message) as string,
    });
  });
});

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { GlimpseError } from '../../src/errors.ts';
import type { FoundLabel } from '../../src/datasets/label-column.ts';
import type { DatasetSpec } from '../../src/datasets/spec.ts';
import { openerOver, temporaryFolder } from './dataset-files.ts';
import { drawPictures, folderWith, nameOf } from './pictures.ts';

/** Reads a dataset, and collects the reasons to refuse it. */
async function collect(folder: string, spec: DatasetSpec, maxBadRows = 0) {
  const refused: GlimpseError[] = [];
  const labels: FoundLabel[] = [];
  const bad: string[] = [];
  const opened = await openerOver(folder).open(spec, {
    uploads: [],
    workDir: folder,
    maxBadRows,
    refuse: (error) => refused.push(error),
    onLabel: (label) => labels.push(label),
    onBadRow: ({ line }, problem) => bad.push(`${line}: ${problem}`),
  });
  return { opened, refused, labels, bad };
}

async function folderOfTable(content: string): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'x.csv'), content);
  return folder;
}

const rows = (count: number, row: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => row(index)).join('\n');

describe('the reasons to refuse a dataset', () => {
  it('are collected while reading goes on, each once, by whoever asks for them', async () => {
    const folder = await folderOfTable(
      `label,a,b,c,d\n${rows(12, (index) => `only,${index},0,0,9`)}\nonly,1,2\nonly,3\n`,
    );
    const { opened, refused, bad } = await collect(folder, { uri: 'x.csv' });
    expect(opened.dataset.labels).toHaveLength(12);
    expect(refused.map(({ code }) => code)).toEqual([
      'GLIMPSE_TOO_MANY_BAD_ROWS',
      'GLIMPSE_DATASET_INVALID',
      'GLIMPSE_DATASET_INVALID',
    ]);
    expect(refused[1]!.details).toEqual({ option: 'range', min: 0, max: 11, values: [15, 255] });
    expect(refused[2]!.message).toContain('all its examples are of one class ("only")');
    expect(bad).toEqual(['14: it has 2 pixels instead of 4', '15: it has 1 pixels instead of 4']);
  });

  it('are thrown at the first by everybody else', async () => {
    const folder = await folderOfTable(`label,a,b,c,d\n${rows(12, () => 'only,7,0,0,9')}\n`);
    const reading = openerOver(folder).open(
      { uri: 'x.csv' },
      { uploads: [], workDir: folder, maxBadRows: 0 },
    );
    await expect(reading).rejects.toMatchObject({ details: { option: 'range' } });
  });

  it('name the shape, with those next to a square, when nothing tells it', async () => {
    const folder = await folderOfTable(`${rows(12, (index) => `${index % 2},0,255,0,0,0,0`)}\n`);
    await expect(collect(folder, { uri: 'x.csv', labelColumn: 0 })).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_EMPTY',
    });
    const reading = openerOver(folder).open(
      { uri: 'x.csv', labelColumn: 0 },
      { uploads: [], workDir: folder, maxBadRows: 0 },
    );
    await expect(reading).rejects.toMatchObject({
      code: 'GLIMPSE_TOO_MANY_BAD_ROWS',
      details: { option: 'shape', values: [{ width: 3, height: 2, channels: 1 }] },
    });
  });

  it('name every class folder without an image that can be read', async () => {
    const pictures = await drawPictures(4);
    const folder = await folderWith({
      ...Object.fromEntries(
        pictures.map((picture, index) => [`x/${nameOf(picture, index)}`, picture.png]),
      ),
      'x/empty/1.png': '',
      'x/wrong/1.png': 'no image',
    });
    const shape = { width: 6, height: 6, channels: 1 } as const;
    const { refused, labels } = await collect(folder, { uri: 'x', shape }, 10);
    expect(refused.map(({ message }) => /"([a-z]+)"/.exec(message)?.[1])).toEqual([
      'empty',
      'wrong',
    ]);
    expect(labels).toEqual([{ by: 'folder' }]);
  });
});

describe('the column of the label', () => {
  it.each([
    [{}, 'label,a\nx,1\ny,200\n', { column: 'label', by: 'name' }],
    [{ labelColumn: 'kind' }, 'kind,a\nx,1\ny,200\n', { column: 'kind', by: 'request' }],
    [{ labelColumn: -1 }, '1,x\n200,y\n', { column: 1, by: 'request' }],
    [{}, '1,x\n200,y\n', { column: 1, by: 'contents' }],
  ])('is told with what told it: %j', async (spec, content, expected) => {
    const folder = await folderOfTable(content);
    const { labels } = await collect(folder, { uri: 'x.csv', ...spec });
    expect(labels).toEqual([expected]);
  });

  it('is asked for among those that could be it', async () => {
    const folder = await folderOfTable('kind,label,class,a\nx,1,2,200\n');
    await expect(collect(folder, { uri: 'x.csv' })).rejects.toMatchObject({
      details: { option: 'labelColumn', values: ['label', 'class'] },
    });
    const other = await folderOfTable('id,kind,p1,p2\nx,1,2,200\n');
    await expect(collect(other, { uri: 'x.csv' })).rejects.toMatchObject({
      details: { option: 'labelColumn', values: ['kind'] },
    });
  });
});

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  isManifest,
  isManifestLine,
  readManifest,
} from '../../src/datasets/images/image-manifest.ts';
import { createImageNames } from '../../src/datasets/images/image-names.ts';
import { findManifestLayout, findPathColumn } from '../../src/datasets/images/manifest-layout.ts';
import type { FoundLabel } from '../../src/datasets/label-column.ts';
import { temporaryFolder } from './dataset-files.ts';
import { refusalOf } from '../support/refusal-of.ts';
import { allOf, fileOf } from './disk-files.ts';

const isImage = (cell: string) => cell.startsWith('img');

describe('the columns of a manifest', () => {
  it.each([
    [[['id', 'File_Name']], 1],
    [[['cat', 'a/1.png']], 1],
    [
      [
        ['a', 'b'],
        ['x', '1.png'],
        ['x', '2.png'],
      ],
      1,
    ],
    [[['img1', 'x']], 0],
    [
      [
        ['label', 'b'],
        ['img1', 'img2'],
        ['img3', 'img4'],
      ],
      1,
    ],
    [[['label'], ['img1']], undefined],
    [[['a'], ['img1'], ['img2'], ['img3'], ['img4'], ['x']], 0],
    [[['a'], ['img1'], ['img2'], ['img3'], ['x']], undefined],
    [[['a'], ['img1'], ['img1']], undefined],
    [[['a', 'b'], ['img1']], 0],
    [[], undefined],
    [[['a'], ['x']], undefined],
  ])('of %j have the paths in %s', (rows, column) => {
    expect(findPathColumn(rows, isImage)).toBe(column);
  });

  it('are told by the first row alone where that names an image', () => {
    const rows = [
      ['cat', 'a/1.png'],
      ['dog', 'b'],
    ];
    expect(findPathColumn(rows, isImage)).toBe(1);
  });

  it('hold no image where a row is too short', () => {
    expect(findPathColumn([['label', 'b'], ['x']], (cell) => cell !== '')).toBeUndefined();
  });

  it('have nearly all different images', () => {
    const rows = [['a'], ...Array.from({ length: 10 }, (_, at) => [`img${Math.max(1, at)}`])];
    expect(findPathColumn(rows, isImage)).toBe(0);
    const twice = [['a'], ...Array.from({ length: 10 }, (_, at) => [`img${Math.max(2, at)}`])];
    expect(findPathColumn(twice, isImage)).toBeUndefined();
    expect(findPathColumn(rows)).toBeUndefined();
  });

  it('have the label beside the paths, by the header or by what is asked for', () => {
    expect(
      findManifestLayout(
        [
          ['path', 'label'],
          ['x', 'y'],
        ],
        undefined,
        isImage,
      ),
    ).toEqual({
      path: 0,
      label: 1,
      hasHeader: true,
    });
    expect(findManifestLayout([['cat', '1.png']], undefined, isImage)).toEqual({
      path: 1,
      label: 0,
      hasHeader: false,
    });
    expect(findManifestLayout([['img1', 'cat', 'x']], -1, isImage)).toEqual({
      path: 0,
      label: 2,
      hasHeader: false,
    });
    expect(findManifestLayout([['img1', 'cat', 'x']], 'x', isImage).label).toBe(2);
    expect(
      refusalOf(() => findManifestLayout([['a', '1.png', 'b']], undefined, isImage)),
    ).toMatchObject({
      message: expect.stringContaining('no header, and 3 columns'),
      details: { option: 'labelColumn', values: [0, 2] },
    });
    expect(refusalOf(() => findManifestLayout([['path', 'x']], 'path', isImage))).toMatchObject({
      message: expect.stringContaining('holds images and no labels'),
    });
    expect(refusalOf(() => findManifestLayout([['a', 'b']], undefined, isImage))).toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining('no column of paths (source-ref, path, '),
    });
  });
});

describe('the names of images in tables', () => {
  it('are those of their files or the stems, without folders', () => {
    const files = ['train/a.png', 'train/b.png', 'test_images/a.png', 'x.txt'].map((name) =>
      fileOf(name),
    );
    const names = createImageNames(files);
    expect(['a.png', 'a', 'b', 'x', 'x.txt', '', 'train/a.png'].map(names.has)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(names.find('b', 'any.csv')).toBe(files[1]);
    expect(names.find('c', 'any.csv')).toBeUndefined();
    expect(createImageNames([fileOf('.png')]).has('')).toBe(false);
  });

  it('mean the image in the folder that is called like the table', () => {
    const files = ['train/a.png', 'train/b.png', 'test_images/a.png', 'x.txt'].map((name) =>
      fileOf(name),
    );
    const names = createImageNames(files);
    expect(names.find('a', 'x/Test.v2.csv')).toBe(files[2]);
    expect(names.find('a.png', 'train.csv')).toBe(files[0]);
    expect(refusalOf(() => names.find('a', 'other.csv'))).toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining(
        '"a" could be several images (train/a.png, test_images/a.png)',
      ),
    });
    const many = createImageNames(
      ['1/a.png', '2/a.png', '3/a.png', '4/a.png'].map((n) => fileOf(n)),
    );
    expect(refusalOf(() => many.find('a', 'x.csv'))).toMatchObject({
      message: expect.stringContaining('(1/a.png, 2/a.png, 3/a.png); give'),
    });
  });
});

/** The references of a manifest, in short, and the label column that was found. */
async function referencesIn(name: string, text: string, labelColumn?: string | number) {
  const path = join(await temporaryFolder(), 'm');
  await writeFile(path, text);
  const labels: FoundLabel[] = [];
  const references = readManifest(
    { path, name },
    {
      limits: { maxBytes: 1e6 },
      labelColumn,
      onLabel: (label) => labels.push(label),
      find: async (file) => fileOf(`found ${file}`),
    },
  );
  const all = await allOf(references);
  return {
    lines: all.map((one) => [
      one.line,
      one.name,
      'problem' in one ? `- ${one.problem}` : one.label,
    ]),
    labels,
    all,
  };
}

const lineWith = (more: object) =>
  JSON.stringify({ 'source-ref': 's3://b/a.png', kind: 3, label: 'no', ...more });

const nowhere = async () => undefined;

describe('the references of a manifest', () => {
  it('are the rows of a table, told by its name or by how it begins', async () => {
    for (const name of ['m.csv', 'm']) {
      const { lines, labels, all } = await referencesIn(name, 'path,label\na.png,x\nb.png,y\n');
      expect(lines).toEqual([
        [2, 'a.png', 'x'],
        [3, 'b.png', 'y'],
      ]);
      expect(labels).toEqual([{ column: 'label', by: 'name' }]);
      const [first] = all;
      expect(await (first as { find: () => Promise<unknown> }).find()).toMatchObject({
        name: 'found a.png',
      });
    }
    const bare = await referencesIn('m.csv', 'a.png,x\n');
    expect([bare.lines, bare.labels]).toEqual([
      [[1, 'a.png', 'x']],
      [{ column: 1, by: 'contents' }],
    ]);
    const first = await referencesIn('m', 'cat,a[1].png\n');
    expect([first.lines, first.labels]).toEqual([
      [[1, 'a[1].png', 'cat']],
      [{ column: 0, by: 'contents' }],
    ]);
    const asked = await referencesIn('m.csv', 'path,kind,label\na.png,k,x\n', 'kind');
    expect([asked.lines, asked.labels]).toEqual([
      [[2, 'a.png', 'k']],
      [{ column: 'kind', by: 'request' }],
    ]);
  });

  it('are the rows of a long table too, which are looked at twenty at a time', async () => {
    for (const count of [19, 20, 21, 45]) {
      const rows = Array.from({ length: count }, (_, at) => `${at}.png,x${at}`);
      const { lines, labels } = await referencesIn('m.csv', `path,label\n${rows.join('\n')}\n`);
      expect(lines.map(([, name]) => name)).toEqual(rows.map((_, at) => `${at}.png`));
      expect(labels).toHaveLength(1);
    }
  });

  it('are given as soon as enough rows are known', async () => {
    const rows = Array.from({ length: 19 }, (_, at) => `${at}.png,x\n`).join('');
    const path = join(await temporaryFolder(), 'm.csv');
    await writeFile(path, `path,label\n${rows}"${'x'.repeat(2_000_000)}`);
    const seen: string[] = [];
    const reading = async () => {
      const file = { path, name: 'm.csv' };
      const limits = { maxBytes: 1e6 };
      for await (const { name } of readManifest(file, {
        limits,
        labelColumn: undefined,
        find: nowhere,
      }))
        seen.push(name);
    };
    await expect(reading()).rejects.toMatchObject({ code: expect.stringMatching(/^GLIMPSE/) });
    expect(seen).toHaveLength(19);
  });

  it('are lines of JSON, told by how they begin', async () => {
    const text =
      '\uFEFF {"path":"a.png"}\n{"path":"b.png","label":"x"}\nno\n{"label":"y"}\n{"path":"","label":"z"}\n';
    const { lines, labels } = await referencesIn('m', text);
    expect(lines).toEqual([
      [1, 'a.png', undefined],
      [2, 'b.png', 'x'],
      [3, 'line 3', expect.stringMatching(/^- .*JSON/)],
      [4, 'line 4', '- it names no file'],
      [5, 'line 5', '- it names no file'],
    ]);
    expect(labels).toEqual([{ column: 'label', by: 'name' }]);
    const path = join(await temporaryFolder(), 'm.jsonl');
    await writeFile(path, '{"path":"a.png","label":"x"}\n');
    const untold = { limits: { maxBytes: 99 }, labelColumn: undefined, find: nowhere };
    expect(await allOf(readManifest({ path, name: 'm.jsonl' }, untold))).toHaveLength(1);
    const asked = await referencesIn('m.jsonl', '{"path":"a.png","label":"x","k":1}\n', 'k');
    expect([asked.lines, asked.labels]).toEqual([
      [[1, 'a.png', 1]],
      [{ column: 'k', by: 'request' }],
    ]);
  });

  it('have the class name of the metadata that SageMaker writes', async () => {
    const named = await referencesIn(
      'm.manifest',
      lineWith({ 'kind-metadata': { 'class-name': 'x' } }),
    );
    expect(named.lines).toEqual([[1, 's3://b/a.png', 'x']]);
    const numbered = await referencesIn(
      'm.manifest',
      lineWith({ 'kind-metadata': { 'class-name': 7 } }),
    );
    expect(numbered.lines).toEqual([[1, 's3://b/a.png', 3]]);
    const two = await referencesIn(
      'm.manifest',
      lineWith({ 'kind-metadata': {}, 'source-ref-metadata': {} }),
    );
    expect(two.lines).toEqual([[1, 's3://b/a.png', 'no']]);
    const asked = await referencesIn('m.manifest', lineWith({ 'kind-metadata': {} }), 'label');
    expect(asked.lines).toEqual([[1, 's3://b/a.png', 'no']]);
  });

  it('lead nowhere else', async () => {
    const { lines } = await referencesIn(
      'm.jsonl',
      ['/a.png', 'http://x/a.png', 'a\0.png', 'S3://b/a.png', '../a/bc:d.png']
        .map((path) => JSON.stringify({ path, label: 'x' }))
        .join('\n'),
    );
    expect(lines.map(([, , label]) => label)).toEqual([
      '- its path is not relative to the dataset',
      '- "http:" is not read; give a path or s3://',
      '- its path is not relative to the dataset',
      'x',
      'x',
    ]);
  });

  it('are what a file of text holds, or it is no manifest', async () => {
    const folder = await temporaryFolder();
    const isOne = async (format: 'csv' | 'ndjson' | 'json' | undefined, text: string) => {
      const path = join(folder, 'm');
      await writeFile(path, text);
      return isManifest(format, { path, name: 'm' }, { limits: { maxBytes: 1e6 } }, isImage);
    };
    expect(await isOne('ndjson', '{"path":"a.png"}\n')).toBe(true);
    expect(await isOne('ndjson', '{"pixels":[1]}\n')).toBe(false);
    expect(await isOne('ndjson', '')).toBe(false);
    const table = 'path,label\na.png,x\n';
    expect(await isOne('csv', table)).toBe(true);
    expect(await isOne('csv', 'a,1\n')).toBe(false);
    expect([await isOne('json', table), await isOne(undefined, table)]).toEqual([false, false]);
    // What comes after is not looked at: it would be refused for its size.
    const long = `"${'x'.repeat(2_000_000)}`;
    expect(await isOne('csv', `${'1,'.repeat(64)}2\n${long}`)).toBe(false);
    await expect(isOne('csv', `${'1,'.repeat(63)}2\n${long}`)).rejects.toThrow();
    expect(await isOne('csv', `${'1,2\n'.repeat(20)}${long}`)).toBe(false);
  });

  it('are such by a path and no pixels', () => {
    expect(isManifestLine({ path: 'a', label: 1 })).toBe(true);
    expect(isManifestLine({ path: 7, file: 'a' })).toBe(true);
    expect(isManifestLine({ path: 7 })).toBe(false);
    expect(isManifestLine({ path: 'a', pixels: [1] })).toBe(false);
    expect(isManifestLine({ label: 1 })).toBe(false);
  });
});

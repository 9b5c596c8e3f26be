import { gzipSync } from 'node:zlib';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { detectFormat, misnamedNote } from '../../src/datasets/detect-format.ts';
import { localFile, localFilesSource, localFolderSource } from '../../src/datasets/places/local.ts';
import { idx } from './dataset-files.ts';
import { folderWith } from './pictures.ts';

const options = { limits: { maxBytes: 1e6 } };
type Files = Readonly<Record<string, Uint8Array | string>>;

/** The format of a folder with these files. */
async function inFolder(files: Files): Promise<string> {
  const folder = await folderWith({ ...files, '.keep': '' });
  const source = await localFolderSource('set', folder, { root: undefined, maxFiles: 99 });
  return detectFormat(source, undefined, options);
}

/** The format of these files by themselves, the last of them holding the labels if it is said. */
async function together(files: Files, hasLabels = false): Promise<string> {
  const folder = await folderWith(files);
  const all = await Promise.all(
    Object.keys(files).map((name) => localFile(name, join(folder, name))),
  );
  const labels = hasLabels ? all.pop() : undefined;
  return detectFormat(localFilesSource('the upload', all), labels, options);
}

const bmp = Buffer.concat([Buffer.from('BM'), Buffer.alloc(60)]);
const png = Buffer.from('\u0089PNG\r\n\u001A\n'.padEnd(60, '\0'), 'latin1');
const pdf = '%PDF-1.7\n';
const row = '{"label":"a","pixels":[1]}\n';

describe('the format of one file', () => {
  it.each([
    ['x', idx([1, 1, 1], Uint8Array.of(1)), 'idx'],
    ['x.csv', idx([1, 1, 1], Uint8Array.of(1)), 'idx'],
    ['x', 'PAR1 and more', 'parquet'],
    ['x', 'a,1\n', 'csv'],
    ['x', gzipSync('a,1\n'), 'csv'],
    ['x', '\uFEFF  [1]', 'json'],
    ['x', '  [{"pixels":[1]}]', 'json'],
    ['x', '[1]', 'json'],
    ['x', row, 'ndjson'],
    ['x', row.repeat(2), 'ndjson'],
    ['x', '\uFEFF{"path":"a.png","label":"b"}\n', 'images'],
    ['x', '{"data":\n[{"pixels":[1]}]}', 'json'],
    ['x', 'word\n', 'csv'],
    ['x', 'word\n\uFEFF[1]', 'csv'],
    ['x', '\uFEFF\uFEFF[1]', 'json'],
    ['x.csv', '[word]\n', 'csv'],
    ['x.csv', '[[1]]', 'json'],
    ['x.txt', '[word]\n', 'json'],
    ['x.csv', 'word\n', 'csv'],
    ['x.json', 'word\n', 'json'],
    ['x.json', row, 'json'],
    ['x.jsonl', row, 'ndjson'],
    ['x.jsonl', 'word\n', 'ndjson'],
    ['x.jsonl', '[1]', 'json'],
    ['x.csv', row, 'ndjson'],
    ['x.csv', 'path,label\na.png,b\n', 'images'],
    ['x.png', 'no image', 'images'],
  ])('%s of %o is %s', async (name, content, format) => {
    expect(await together({ [name]: content })).toBe(format);
  });

  it('is none where there is nothing', async () => {
    await expect(together({ x: '' })).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      details: { found: 'an empty file' },
    });
    await expect(together({})).rejects.toMatchObject({ code: 'GLIMPSE_DATASET_EMPTY' });
  });
});

describe('the format of several files', () => {
  it('is that of all their names', async () => {
    expect(await together({ 'a.csv': '', 'b.tsv': '', 'read.me': '' })).toBe('csv');
    expect(await inFolder({ 'a.jsonl': '', 'b.jsonl': '' })).toBe('ndjson');
    expect(await inFolder({ 'a.csv': '', 'b.png': '' })).toBe('images');
    expect(await inFolder({ 'a.csv': 'a,1\n' })).toBe('csv');
    expect(await inFolder({ 'a.csv': '[[1]]' })).toBe('json');
    await expect(inFolder({ a: 'a,1\n' })).rejects.toMatchObject({ details: { option: 'path' } });
    expect(await together({ a: 'a,1\n' })).toBe('csv');
  });

  it('is IDX of two without a folder, or of one with its labels', async () => {
    expect(await together({ a: 'x', b: 'y' })).toBe('idx');
    expect(await together({ a: 'x', 'b.csv': 'y', c: 'z', d: '' }, true)).toBe('csv');
    expect(await together({ 'a.csv': 'x', 'b.json': 'y', c: 'z', d: '' }, true)).toBe('idx');
  });

  it('is none of ours where names tell it, of what lies in a folder', async () => {
    await expect(inFolder({ 'saved_model.pb': '', 'a.csv': 'a,1' })).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining('"set" is a TensorFlow SavedModel'),
      details: { found: 'a TensorFlow SavedModel' },
    });
    expect(await together({ 'saved_model.pb': '', 'a.csv': 'a,1' })).toBe('csv');
  });

  it('is refused with the names where they are of several', async () => {
    const several = {
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining(
        'neither images nor data files of one format ("a.csv", "b.json")',
      ),
      details: { option: 'path', values: ['a.csv', 'b.json'] },
    };
    await expect(inFolder({ 'a.csv': 'x', 'b.json': 'y' })).rejects.toMatchObject(several);
    await expect(inFolder({ 'a.csv': 'x', 'b.json': 'y', c: pdf })).rejects.toThrow('"c" is a PDF');
    await expect(inFolder({ 'a.csv': pdf, 'b.json': 'y' })).rejects.toMatchObject(several);
    const three = { 'a.csv': 'x', 'b.json': 'y', c: 'z' };
    await expect(together(three)).rejects.toMatchObject({ details: { option: 'path' } });
  });

  it('is images where files in folders are, whatever their names', async () => {
    expect(await inFolder({ 'cat/1': bmp, 'dog/1': bmp })).toBe('images');
    expect(await inFolder({ 'a/readme.md': 'x', 'cat/1': bmp })).toBe('images');
    expect(await inFolder({ 'cat/1': png, 'dog/1': png })).toBe('images');
    expect(await inFolder({ 'cat/1': bmp, 'dog/1': bmp, 'list.csv': 'a,1' })).toBe('csv');
    await expect(
      inFolder({ 'cat/1': bmp, 'list.csv': 'a,1', 'list.json': '' }),
    ).rejects.toMatchObject({ code: 'GLIMPSE_DATASET_INVALID' });
    const text = { 'cat/1': 'text', 'dog/1': 'text' };
    await expect(inFolder(text)).rejects.toMatchObject({ details: { option: 'path' } });
    await expect(inFolder({ '1': bmp, '2': bmp })).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
    });
  });
});

const note = (names: readonly string[], format: 'csv' | 'json' | 'ndjson' | 'images' | 'idx') =>
  misnamedNote({ files: names.map((name) => ({ name }) as never) }, format);

describe('a file that is not what its name says', () => {
  it('is told', () => {
    expect(note(['x\n.csv'], 'json')).toBe(
      String.raw`"x\n.csv" is json by its bytes, and is read as that.`,
    );
    expect(note(['x.json'], 'csv')).toContain('"x.json" is csv');
  });

  it('is not told where it is, says nothing, is images, or one of several', () => {
    expect(note(['x.csv'], 'csv')).toBeUndefined();
    expect(note(['x.json'], 'ndjson')).toBeUndefined();
    expect(note(['x.jsonl'], 'json')).toBeUndefined();
    expect(note(['x'], 'csv')).toBeUndefined();
    expect(note(['x.csv'], 'images')).toBeUndefined();
    expect(note(['x.csv', 'y.csv'], 'json')).toBeUndefined();
    expect(note([], 'json')).toBeUndefined();
  });
});

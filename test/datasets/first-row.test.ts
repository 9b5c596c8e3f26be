import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openerOver } from './dataset-files.ts';
import { folderWith } from './pictures.ts';
import { zip } from '../support/zip.ts';

const row = { kind: 'a', pixels: [1, 2, 3, 4] };
const csv = 'p0,kind,p1\n1,a,2\n3,b,4\n';
const parquet = await readFile(join(import.meta.dirname, 'parquet-files', 'images-bytes.parquet'));

const check = async (name: string, content: string | Uint8Array, spec: object = {}) =>
  openerOver(await folderWith({ [name]: content })).check({ uri: name, ...spec }, []);

describe('a dataset of one file, when it is asked for', () => {
  it.each([
    ['CSV', 'x.csv', csv],
    ['gzipped CSV', 'x.csv.gz', gzipSync(csv)],
    ['CSV without a telling name', 'x', csv],
    ['JSON', 'x.json', JSON.stringify([row])],
    ['NDJSON', 'x.ndjson', `${JSON.stringify(row)}\n`],
    ['Parquet', 'x.parquet', parquet],
    ['a manifest as CSV', 'x.csv', 'path,kind\na.png,cat\n'],
    ['a manifest as JSON lines', 'x.jsonl', '{"path": "a.png", "kind": "cat"}\n'],
  ])(
    'is refused at once when nobody can say which column is the label: %s',
    async (_, name, content) => {
      await expect(check(name, content)).rejects.toMatchObject({
        code: 'GLIMPSE_DATASET_INVALID',
        details: { option: 'labelColumn', columns: expect.arrayContaining(['kind']) },
      });
      await expect(check(name, content, { labelColumn: 'colour' })).rejects.toThrow('"colour"');
      const chosen = { labelColumn: 'kind' };
      expect(await check(name, content, chosen)).toEqual({ spec: { uri: name, ...chosen } });
    },
  );

  it.each([
    ['whose bytes are broken', 'x.csv.gz', gzipSync(csv.repeat(99)).subarray(0, 30)],
    ['whose rows are', 'x.ndjson', '{"kind":\n'],
    ['that holds nothing but a header', 'x.csv', 'label,p0\n'],
    ['that is an archive', 'x.zip', zip([{ name: 'x.csv', data: Buffer.from(csv) }])],
    [
      'whose first row is too long to be looked at here',
      'x.csv',
      `kind,${'p,'.repeat(600_000)}p\n`,
    ],
    ['of JSON that is too long', 'x.ndjson', `{"kind":1,"pixels":[${'{},'.repeat(400_000)}0]}\n`],
  ])('is left to the job %s', async (_, name, content) => {
    expect(await check(name, content)).toEqual({ spec: { uri: name } });
  });

  it.each([
    ['an empty file', 'x.csv', ''],
    [
      'a Git LFS pointer',
      'x.parquet',
      'version https://git-lfs.github.com/spec/v1\noid sha256:1\n',
    ],
  ])('is refused at once when it is no dataset: %s', async (what, name, content) => {
    await expect(check(name, content)).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining(`"${name}" is ${what}`),
    });
  });
});

describe('a dataset of several files', () => {
  it.each([
    ['a folder with one', { 'set/x.csv': csv }, { uri: 'set' }],
    ['a folder with two', { 'set/x.csv': csv, 'set/y.csv': csv }, { uri: 'set' }],
    [
      'one with its labels beside it',
      { 'x.csv': csv, 'y.csv': csv },
      { uri: 'x.csv', labelsUri: 'y.csv' },
    ],
    ['one that a path goes into', { 'x.csv': csv }, { uri: 'x.csv', path: 'y' }],
    [
      'one of IDX',
      { 'x.csv': csv, y: '' },
      { uri: 'x.csv', labelsUri: 'y', format: 'idx' as const },
    ],
    ['one of NumPy', { 'x.csv': csv }, { uri: 'x.csv', format: 'numpy' as const }],
  ])('is left to the job: %s', async (_, files, spec) => {
    const opener = openerOver(await folderWith(files));
    expect((await opener.check(spec, [])).spec).toMatchObject(spec);
  });
});

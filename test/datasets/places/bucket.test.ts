import { readFile, readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createSpoolFolder } from '../../../src/datasets/bytes/spool-folder.ts';
import { createBuckets, type BucketOptions } from '../../../src/datasets/places/bucket.ts';
import { createMemoryStore } from '../../../src/repository/stores/memory-store.ts';
import { temporaryFolder } from '../dataset-files.ts';

/** Buckets over one store in memory, with what was asked of it. */
async function bucketsWith(objects: Record<string, string>, more: Partial<BucketOptions> = {}) {
  const store = createMemoryStore();
  for (const [key, body] of Object.entries(objects)) await store.write(key, Buffer.from(body));
  const folder = await temporaryFolder();
  const opened: string[] = [];
  let closed = 0;
  const buckets = createBuckets({
    openStore(uri) {
      opened.push(uri);
      return { ...store, uri, close: async () => void (closed += 1) };
    },
    allowed: undefined,
    spool: createSpoolFolder(folder),
    maxBytes: 5,
    maxFiles: 3,
    ...more,
  });
  return { buckets, opened, folder, closed: () => closed };
}

const objects = { 'x.csv': '1', 'm/a.csv': 'abc', 'm/b/caf\u00e9.csv': '12', 'm/_SUCCESS': '' };
const text = async (file: { read(maxBytes: number): Promise<Uint8Array> } | undefined) =>
  Buffer.from(await file!.read(9)).toString();

describe('an object in a bucket', () => {
  it.each([
    ['s3://b/m/a.csv', 'a.csv', 'abc', 'b/caf\u00e9.csv', '12'],
    ['S3://b/x.csv', 'x.csv', '1', 'm/a.csv', 'abc'],
  ])(
    'is a copy on this disk, with others beside it: %s',
    async (uri, name, body, other, beside) => {
      const { buckets, opened, folder, closed } = await bucketsWith(objects);
      const source = await buckets.open(uri);
      expect(source).toMatchObject({ title: uri, isFolder: false, ignored: { count: 0 } });
      expect(source.files.map((file) => [file.name, file.size])).toEqual([[name, body.length]]);
      expect(await text(source.files[0])).toBe(body);
      expect(await source.find(name)).toBe(source.files[0]);
      const found = await source.find(other);
      expect([found!.name, found!.size, await text(found)]).toEqual([other, 0, beside]);
      const copy = await found!.local();
      expect(copy.name).toBe(other);
      expect(await readFile(copy.path, 'utf8')).toBe(beside);
      await copy.release();
      await copy.release();
      expect(await readdir(`${folder}/spool`)).toHaveLength(1);
      await source.close();
      expect([opened, closed()]).toEqual([['s3://b'], 0]);
      buckets.file('s3://c/x');
      await buckets.close();
      expect([opened, closed()]).toEqual([['s3://b', 's3://c'], 2]);
    },
  );

  it('that is not there shows when it is read, under its whole name', async () => {
    const { buckets } = await bucketsWith(objects);
    const missing = {
      code: 'GLIMPSE_DATASET_NOT_FOUND',
      message: expect.stringContaining('s3://b/m/none'),
    };
    const file = buckets.file('s3://b/m/none');
    expect([file.name, file.size]).toEqual(['s3://b/m/none', 0]);
    await expect(file.read(9)).rejects.toMatchObject(missing);
    await expect(file.local()).rejects.toMatchObject(missing);
    await expect(buckets.open('s3://b/m/none')).rejects.toMatchObject(missing);
    const beside = await (await buckets.open('s3://b/m/a.csv')).find('none');
    await expect(beside!.read(9)).rejects.toMatchObject(missing);
  });

  it.each(['s3://b', 's3:///x', 's3://', 'xs3://b/x', 's3://b/x\ny'])(
    'is named by its bucket and its key: %j',
    async (uri) => {
      const { buckets } = await bucketsWith(objects);
      await expect(buckets.open(uri)).rejects.toMatchObject({ code: 'GLIMPSE_DATASET_INVALID' });
      expect(() => buckets.file(uri)).toThrow('is not s3://bucket/key');
      expect(buckets.file('s3://data/x').name).toBe('s3://data/x');
    },
  );

  it('is read within the allowed URIs and bounds', async () => {
    const { buckets } = await bucketsWith(
      { ...objects, large: '123456' },
      { allowed: ['s3://b/m'] },
    );
    expect((await buckets.open('s3://b/m/a.csv')).files).toHaveLength(1);
    const forbidden = { code: 'GLIMPSE_DATASET_URI_FORBIDDEN' };
    await expect(buckets.open('s3://b/x.csv')).rejects.toMatchObject(forbidden);
    expect(() => buckets.file('s3://b/x.csv')).toThrow(expect.objectContaining(forbidden));
    const { buckets: all } = await bucketsWith({ large: '123456' });
    await expect(all.open('s3://b/large')).rejects.toThrow('large');
    await expect(all.file('s3://b/large').read(5)).rejects.toMatchObject({
      code: 'GLIMPSE_OBJECT_TOO_LARGE',
    });
  });

  it('is not waited for by nobody', async () => {
    const signal = AbortSignal.abort();
    const { buckets } = await bucketsWith(objects, { signal });
    for (const uri of ['s3://b/x.csv', 's3://b/m/']) {
      await expect(buckets.open(uri)).rejects.toThrow('abort');
    }
    await expect(buckets.file('s3://b/x.csv').local()).rejects.toThrow('abort');
    await expect(buckets.file('s3://b/x.csv').read(9, signal)).rejects.toThrow('abort');
  });
});

describe('a prefix in a bucket', () => {
  it.each([
    ['s3://b/m/', ['a.csv', 'b/caf\u00e9.csv'], ['_SUCCESS'], [3, 2]],
    ['s3://b/m', ['a.csv', 'b/caf\u00e9.csv'], ['_SUCCESS'], [3, 2]],
    ['s3://b/m/b', ['caf\u00e9.csv'], [], [2]],
  ])('is a folder of all below it: %s', async (uri, names, markers, sizes) => {
    const { buckets } = await bucketsWith(objects);
    const source = await buckets.open(uri);
    expect(source.files.map((file) => file.name)).toEqual(names);
    expect(source.files.map((file) => file.size)).toEqual(sizes);
    expect(source).toMatchObject({ title: uri, isFolder: true, markers });
    expect(await source.find(names.at(-1)!.normalize('NFD'))).toBe(source.files.at(-1));
    expect(await source.find('none')).toBeUndefined();
    await source.close();
  });

  it('may be the whole bucket, and has no more files than are allowed', async () => {
    const { buckets } = await bucketsWith({ a: '1', 'b/c': '2', d: '3' });
    const { files } = await buckets.open('s3://b/');
    expect(files.map((file) => [file.name, file.size])).toEqual([
      ['a', 1],
      ['b/c', 1],
      ['d', 1],
    ]);
    expect(await text(files[1])).toBe('2');
    const { buckets: four } = await bucketsWith({ a: '1', 'b/c': '2', d: '3', e: '4' });
    await expect(four.open('s3://b/')).rejects.toMatchObject({
      code: 'GLIMPSE_ARCHIVE_TOO_LARGE',
      message: expect.stringMatching(/3 files.*GLIMPSE_MAX_ARCHIVE_ENTRIES/),
    });
    await expect(four.open('s3://b/none/')).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_NOT_FOUND',
      message: expect.stringContaining('s3://b/none/'),
    });
  });
});

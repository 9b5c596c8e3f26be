import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createOutputPlaces } from '../../../src/datasets/places/output-place.ts';
import { createDiskStore } from '../../../src/repository/stores/disk/disk-store.ts';
import { temporaryFolder } from '../dataset-files.ts';

const forbidden = { code: 'GLIMPSE_OUTPUT_FORBIDDEN', statusCode: 403 };
const openStore = (uri: string) => createDiskStore({ root: uri });

/** Folders that may be written and others, with links between them. */
async function site() {
  const folder = await temporaryFolder();
  for (const name of ['data/photos', 'data/mnist', 'models', 'elsewhere'])
    await mkdir(join(folder, name), { recursive: true });
  await symlink(join(folder, 'elsewhere'), join(folder, 'data/away'));
  await symlink(join(folder, 'models'), join(folder, 'data/repo'));
  const reserved = [`file:${join(folder, 'models')}`, join(folder, 'data/mnist'), 's3://b/models'];
  const root = join(folder, 'data');
  const fenced = createOutputPlaces({ root, buckets: [], reserved, openStore });
  const anywhere = createOutputPlaces({
    root: undefined,
    buckets: undefined,
    reserved,
    openStore,
  });
  return { folder, fenced, anywhere };
}

describe('a local place for output', () => {
  it('may be any folder under the root, there or not yet', async () => {
    const { folder, fenced } = await site();
    await fenced.check('out/a/b', 'photos');
    await fenced.check('file:out', 's3://b/photos');
    await fenced.check(join(folder, 'data/out'), undefined);
    const store = await fenced.open('out/a');
    await store.write('x', Buffer.from('1'));
    expect(await readFile(join(folder, 'data/out/a/x'), 'utf8')).toBe('1');
  });

  it.each([
    '../elsewhere',
    '/etc/glimpse',
    'away/out',
    'repo/out',
    'mnist',
    'mnist/out',
    '.',
    'out\0',
    'file://host/x',
    'ftp://x/y',
    'memory:',
    'dataset:x',
    '',
  ])('is forbidden at %j', async (uri) => {
    const { fenced } = await site();
    await expect(fenced.check(uri, undefined)).rejects.toMatchObject(forbidden);
    await expect(fenced.open(uri)).rejects.toMatchObject(forbidden);
  });

  it('does not lie in what is read, nor around it', async () => {
    const { fenced } = await site();
    for (const [out, input] of [
      ['photos', 'photos'],
      ['photos/out', 'photos'],
      ['photos', 'photos/a.csv'],
    ])
      await expect(fenced.check(out!, input)).rejects.toMatchObject(forbidden);
  });

  it('may be anywhere for the user of this machine, but not in the repository or around it', async () => {
    const { folder, anywhere } = await site();
    await anywhere.check(join(folder, 'elsewhere/out'), undefined);
    for (const out of ['models/digits/2', 'models', '.'])
      await expect(anywhere.check(join(folder, out), undefined)).rejects.toMatchObject(forbidden);
  });

  it('says the same of what is there outside of the root and of what is not', async () => {
    const { folder, fenced } = await site();
    await writeFile(join(folder, 'elsewhere/file'), 'x');
    const said = ['../elsewhere/file/out', '../nowhere/file/out'].map(async (uri) => {
      const error: unknown = await fenced.check(uri, undefined).catch((thrown: unknown) => thrown);
      return (error as Error).message.replace(uri, '');
    });
    const [there, missing] = await Promise.all(said);
    expect(there).toBe(missing);
    expect(there).not.toContain(folder);
  });

  it('is no file, nor below one', async () => {
    const { folder, fenced } = await site();
    await writeFile(join(folder, 'data/file'), 'x');
    await expect(fenced.check('file/out', undefined)).rejects.toMatchObject({
      ...forbidden,
      message: 'Nothing may be written to file/out: it is no path.',
    });
  });
});

describe('a place for output in a bucket', () => {
  const reserved = ['s3://b/models'];
  const buckets = ['s3://b/team', 's3://c', 's3://b/models/datasets'];
  const places = createOutputPlaces({ root: '/nowhere', buckets, reserved, openStore });

  it('lies under one of those that may be read by name', async () => {
    await places.check('s3://b/team/out', 's3://b/team/photos');
    await places.check('s3://c/out', undefined);
  });

  it.each([
    ['s3://b/other', undefined],
    ['s3://b/teams/out', undefined],
    ['s3://c', undefined],
    ['s3://c/', undefined],
    ['S3://c/out', undefined],
    ['s3://c//out', undefined],
    ['s3://c/out//', undefined],
    ['s3://c/a/../out', undefined],
    ['s3://c/.out', undefined],
    ['s3://c/a\\b', undefined],
    [`s3://c/${'x'.repeat(201)}`, undefined],
    ['s3://b/models/datasets/out', undefined],
    ['s3://b/team/photos/out', 's3://b/team/photos'],
    ['s3://b/team/photos', 's3://b/team/photos/a.csv'],
  ])('is forbidden at %s for what is read at %s', async (out, input) => {
    await expect(places.check(out, input)).rejects.toMatchObject(forbidden);
  });

  it('is not the repository, and not around it, for anybody', async () => {
    const anywhere = createOutputPlaces({
      root: undefined,
      buckets: undefined,
      reserved: ['s3://b/deep/models'],
      openStore,
    });
    await anywhere.check('s3://b/deep/out', undefined);
    for (const out of ['s3://b/deep', 's3://b/deep/models/x'])
      await expect(anywhere.check(out, undefined)).rejects.toMatchObject(forbidden);
  });
});

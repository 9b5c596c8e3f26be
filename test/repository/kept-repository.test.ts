import { copyFile, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { KeptRepository, Listing } from '../../src/repository/cache/kept-repository.ts';
import { createRepository } from '../../src/repository/model-repository.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { createDiskStore } from '../../src/repository/stores/disk/disk-store.ts';
import { createMemoryStore } from '../../src/repository/stores/memory-store.ts';
import { createFaultyStore, type FaultyStore } from '../support/faulty-store.ts';
import { aDraft } from '../support/drafts.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let faulty: FaultyStore;
let cacheDir: string;
let root: string;
let repository: Repository;
/** Another process on the same store and folder. */
const reopen = (): KeptRepository =>
  createRepository({ store: faulty.store, cacheDir, maxArtifactBytes: 1_000_000 }).kept!;

beforeEach(async () => {
  faulty = createFaultyStore(createMemoryStore());
  cacheDir = await temporaryFolder();
  root = join(cacheDir, faulty.store.id);
  repository = createRepository({ store: faulty.store, cacheDir, maxArtifactBytes: 1_000_000 });
});

const listingAt = (seenAt: string, labels: Record<string, number> = { latest: 2 }): Listing => ({
  seenAt,
  models: [{ model: 'digits', versions: [1, 2], labels }],
});
const noon = listingAt('2026-01-01T12:00:00.000Z');

const file = () => join(root, '.listing.json');
const inVersion = (name: string) => join(root, 'digits', '1', name);

describe('the kept listing', () => {
  it('keeps what it names from being pruned, though the repository has it no more', async () => {
    await repository.kept!.keepListing(noon);
    for (const version of ['1', '2'])
      await mkdir(join(root, 'digits', version), { recursive: true });
    const { kept } = repository;
    expect(await kept!.prune(new Set(), { dryRun: true })).toEqual(['digits/1']);
    expect(await kept!.prune(new Set(), { dryRun: false })).toEqual(['digits/1']);
    expect(await readdir(join(root, 'digits'))).toEqual(['2']);
  });

  it('is there for the next process, and nothing is before one was kept', async () => {
    expect(await reopen().listing()).toBeUndefined();
    await repository.kept!.keepListing(noon);
    expect(await reopen().listing()).toEqual(noon);
  });

  it('is written when it changed, else only once a minute to move its time', async () => {
    const { kept } = repository;
    const writes = async (listing: Listing): Promise<boolean> => {
      const before = await stat(file()).catch(() => undefined);
      await kept!.keepListing(listing);
      return (await stat(file())).ino !== before?.ino;
    };
    expect(await writes(noon)).toBe(true);
    expect(await writes(listingAt('2026-01-01T12:00:59.000Z'))).toBe(false);
    expect(await writes(listingAt('2026-01-01T12:01:00.000Z'))).toBe(true);
    expect(await writes(listingAt('2026-01-01T12:01:01.000Z', { latest: 1 }))).toBe(true);
    expect(await kept!.listing()).toEqual(listingAt('2026-01-01T12:01:01.000Z', { latest: 1 }));
  });

  it('with one changed byte counts as none: a label could name another version', async () => {
    await repository.kept!.keepListing(noon);
    const text = await readFile(file(), 'utf8');
    await writeFile(file(), text.replace('"latest":2', '"latest":1'));
    expect(await reopen().listing()).toBeUndefined();
  });

  it.each([
    ['half a file', (text: string) => text.slice(0, 40)],
    ['no JSON', () => '{'],
    ['something else', () => '[]'],
    ['nothing', () => ''],
  ])('that is %s counts as none', async (_, spoil) => {
    await repository.kept!.keepListing(noon);
    await writeFile(file(), spoil(await readFile(file(), 'utf8')));
    expect(await reopen().listing()).toBeUndefined();
  });

  it('of another repository counts as none, also where its file was copied here', async () => {
    await repository.kept!.keepListing(noon);
    const other = createMemoryStore();
    const otherKept = createRepository({ store: other, cacheDir, maxArtifactBytes: 1_000 }).kept!;
    expect(await otherKept.listing()).toBeUndefined();
    await mkdir(join(cacheDir, other.id));
    await copyFile(file(), join(cacheDir, other.id, '.listing.json'));
    expect(await otherKept.listing()).toBeUndefined();
  });

  it('is never written so large that it would not be read', async () => {
    const versions = Array.from({ length: 2_000_000 }, (_, index) => 10_000_000 + index);
    const large = { ...noon, models: [{ model: 'digits', versions, labels: {} }] };
    await repository.kept!.keepListing(noon);
    await expect(repository.kept!.keepListing(large)).rejects.toThrow(/at most 16777216 are read/);
    expect(await reopen().listing()).toEqual(noon);
  });

  it('is not tidied away with what dead processes left', async () => {
    await repository.publish(aDraft());
    await repository.kept!.keepListing(noon);
    await writeFile(join(root, '.left.tmp'), '');
    const old = new Date(Date.now() - 48 * 3_600_000);
    for (const name of ['.left.tmp', '.listing.json']) await utimes(join(root, name), old, old);
    await repository.open('digits', 1);
    expect(await reopen().listing()).toEqual(noon);
    await expect(stat(join(root, '.left.tmp'))).rejects.toThrow('ENOENT');
  });
});

describe('a version that was downloaded', () => {
  beforeEach(async () => {
    await repository.publish(aDraft());
  });

  it('is opened without a word to the store, with the manifest it was verified against', async () => {
    expect(await reopen().open('digits', 1)).toBeUndefined();
    const { manifest } = await repository.open('digits', 1);
    faulty.fail();
    faulty.forget();
    const kept = await reopen().open('digits', 1);
    expect(kept).toMatchObject({ manifest, folder: join(root, 'digits', '1') });
    await kept!.confirm();
    expect(await reopen().manifest('digits', 1)).toEqual(manifest);
    expect(await reopen().open('digits', 2)).toBeUndefined();
    expect(await reopen().open('words', 1)).toBeUndefined();
    expect(faulty.calls).toEqual([]);
  });

  it.each([
    ['a file with a changed byte', () => writeFile(inVersion('model.onnx'), 'the bytes of a bet')],
    ['a shorter file', () => writeFile(inVersion('model.onnx'), 'the')],
    ['a lost file', () => rm(inVersion('golden/one.png'))],
    ['a file nobody named', () => writeFile(inVersion('stray.bin'), '')],
    ['no manifest', () => rm(inVersion('.manifest.json'))],
    [
      'a changed manifest',
      async () => {
        const text = await readFile(inVersion('.manifest.json'), 'utf8');
        await writeFile(inVersion('.manifest.json'), text.replace('"seed":7', '"seed":8'));
      },
    ],
  ])('with %s is not opened, and is whole again after the store was asked', async (_, spoil) => {
    await repository.open('digits', 1);
    await spoil();
    expect(await reopen().open('digits', 1)).toBeUndefined();
    await repository.open('digits', 1);
    expect(await reopen().open('digits', 1)).toBeDefined();
  });
});

describe('a repository in a folder of this machine', () => {
  it('keeps nothing besides: its files are there, or nothing has them', async () => {
    const store = createDiskStore({ root: await temporaryFolder() });
    expect(createRepository({ store, cacheDir, maxArtifactBytes: 1_000 }).kept).toBeUndefined();
  });
});

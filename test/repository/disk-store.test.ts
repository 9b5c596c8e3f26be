import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDiskStore } from '../../src/repository/stores/disk/disk-store.ts';
import { describeStore } from './store-contract.ts';

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'glimpse-disk-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

const fresh = async () => createDiskStore({ root: await mkdtemp(join(scratch, 'root-')) });

describeStore('the disk store', fresh);

describe('the disk store', () => {
  it('is empty, not broken, when its folder does not exist yet', async () => {
    const store = createDiskStore({ root: join(scratch, 'not-yet') });
    expect(await store.folders('')).toEqual([]);
    expect(await store.list('')).toEqual([]);
    expect(await store.read('m/labels.json')).toBeUndefined();
    await expect(readdir(join(scratch, 'not-yet'))).rejects.toThrow('ENOENT');
  });

  it('leaves no temporary file behind, whether it wrote or refused', async () => {
    const store = await fresh();
    await store.write('m/a', Buffer.from('1'), { condition: 'absent' });
    await store.write('m/a', Buffer.from('2'), { condition: 'absent' });
    await store.write('m/b', Buffer.from('3'));
    expect(await readdir(join(store.uri, 'm'))).toEqual(['a', 'b']);
  });

  it('keeps one small hidden file for a lock, however often it was taken', async () => {
    const store = await fresh();
    let written = await store.write('m/labels.json', Buffer.from('0'), { condition: 'absent' });
    for (let round = 1; round < 10 && written !== 'conflict'; round += 1) {
      const { etag } = written;
      written = await store.write('m/labels.json', Buffer.from(`${round}`), {
        condition: { etag },
      });
    }
    expect(written).not.toBe('conflict');
    expect(await readdir(join(store.uri, 'm', '.glimpse-locks'))).toHaveLength(1);
    expect((await store.list('')).map(({ key }) => key)).toEqual(['m/labels.json']);
  });

  it('gives two stores of the same folder the same etags and the same cache name', async () => {
    const [one, other] = [await fresh(), await fresh()];
    const same = createDiskStore({ root: one.uri });
    await one.write('k', Buffer.from('x'));
    expect(await same.read('k')).toEqual(await one.read('k'));
    expect(same.id).toBe(one.id);
    expect(other.id).not.toBe(one.id);
  });
});

import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { acquireAfter, acquireLock } from '../../src/repository/stores/disk/file-lock.ts';
import {
  isProcessAlive,
  processIdentity,
} from '../../src/repository/stores/disk/process-identity.ts';
import { startStoreProcess } from '../support/child.ts';

let scratch: string;
let folder: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'glimpse-lock-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(scratch, 'locks-'));
});

const never = 3_600_000;
const take = (timeouts: { strangerMs?: number; waitMs?: number } = {}) =>
  acquireLock(folder, 'labels.json', { strangerMs: never, waitMs: never, ...timeouts });
/** Puts a lock there as somebody else would have left it. */
const leave = (number: number, words: string) =>
  writeFile(join(folder, `labels.json.${number}`), words);

describe('a lock between processes', () => {
  it('is held by one at a time', async () => {
    let inside = 0;
    const holder = async (): Promise<void> => {
      const lock = await take();
      inside += 1;
      expect(inside).toBe(1);
      await sleep(2);
      expect(await lock?.isHeld()).toBe(true);
      inside -= 1;
      await lock?.release();
    };
    await Promise.all(Array.from({ length: 12 }, holder));
    expect(await readdir(folder)).toHaveLength(1);
  });

  it('is not had while somebody alive holds it', async () => {
    const lock = await take();
    expect(await take({ waitMs: 100 })).toBeUndefined();
    await lock?.release();
    expect(await take({ waitMs: 100 })).toBeDefined();
  });

  it('is not waited for by a caller who has left', async () => {
    await take();
    const reason = new Error('left');
    const signal = AbortSignal.abort(reason);
    const timeouts = { strangerMs: never, waitMs: never };
    await expect(acquireLock(folder, 'labels.json', timeouts, signal)).rejects.toBe(reason);
  });

  it('is free at once when its holder was killed', { timeout: 60_000 }, async () => {
    const holder = startStoreProcess({ do: 'hold', folder, name: 'labels.json' });
    expect(await holder.firstLine).toBe('held');
    expect(await take({ waitMs: 200 })).toBeUndefined();
    holder.child.kill('SIGKILL');
    await holder.ended;
    expect(await take({ waitMs: 10_000 })).toBeDefined();
  });

  it('is not taken from a holder who is only stopped', { timeout: 60_000 }, async () => {
    const holder = startStoreProcess({ do: 'hold', folder, name: 'labels.json' });
    await holder.firstLine;
    holder.child.kill('SIGSTOP');
    expect(await take({ strangerMs: 1, waitMs: 300 })).toBeUndefined();
    holder.child.kill('SIGKILL');
    await holder.ended;
  });

  it('is taken by one only of many who find its holder dead', async () => {
    await leave(7, JSON.stringify({ ...(await processIdentity()), startedAt: 'long ago' }));
    const attempts = await Promise.all(Array.from({ length: 8 }, () => take({ waitMs: 100 })));
    expect(attempts.filter((lock) => lock !== undefined)).toHaveLength(1);
  });

  it('is taken from a holder elsewhere only after a long silence', async () => {
    await leave(0, JSON.stringify({ place: 'another machine', pid: 1, startedAt: '1' }));
    expect(await take({ strangerMs: never, waitMs: 150 })).toBeUndefined();
    expect(await take({ strangerMs: 100, waitMs: never })).toBeDefined();
  });

  it.each(['', 'garbage', '{"pid": 1}', 'null'])(
    'counts words nobody understands (%j) as a holder elsewhere',
    async (words) => {
      await leave(0, words);
      expect(await take({ strangerMs: never, waitMs: 100 })).toBeUndefined();
      expect(await take({ strangerMs: 50, waitMs: never })).toBeDefined();
    },
  );

  it('is known to be lost by a holder who was given up for dead', async () => {
    const lock = await take();
    await leave(9, 'free');
    expect(await lock?.isHeld()).toBe(false);
    await lock?.release();
    const next = await take();
    expect(await next?.isHeld()).toBe(true);
  });

  it('is not given to a racer who comes back with an old number', async () => {
    // He saw 3 free; meanwhile others took 4, gave it back, took 5, and removed what was lower.
    await leave(5, 'free');
    expect(await acquireAfter(folder, 'labels.json', 3)).toBeUndefined();
    expect(await readdir(folder)).toEqual(['labels.json.5']);
    // Nor to one who is late by less: 5 is there, but somebody has taken 6 already.
    const lock = await take();
    expect(await acquireAfter(folder, 'labels.json', 5)).toBeUndefined();
    expect(await lock?.isHeld()).toBe(true);
  });

  it('does not mind other files and other locks beside it', async () => {
    await mkdir(join(folder, 'labels.json.folder'));
    await leave(Number.NaN, 'x');
    await writeFile(join(folder, 'other.json.99'), 'garbage');
    expect(await take({ waitMs: 100 })).toBeDefined();
  });
});

describe('who a process is', () => {
  it('is told by more than its number', async () => {
    const me = await processIdentity();
    expect(await isProcessAlive(JSON.stringify(me))).toBe(true);
    expect(await isProcessAlive(JSON.stringify({ ...me, pid: 4_194_303 }))).toBe(false);
    expect(await isProcessAlive(JSON.stringify({ ...me, place: 'elsewhere' }))).toBeUndefined();
    expect(await isProcessAlive('not even JSON')).toBeUndefined();
  });

  it('tells a number that is used again from the process that had it', async () => {
    const me = await processIdentity();
    if (me.startedAt === '') return;
    expect(await isProcessAlive(JSON.stringify({ ...me, startedAt: '1' }))).toBe(false);
  });
});

import { pbkdf2 } from 'node:crypto';
import { mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { holdExclusively } from '../../src/jobs/exclusive-hold.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('what one process at a time holds', () => {
  let lockFolder: string;
  const told: (string | undefined)[] = [];
  const closers: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    lockFolder = join(await temporaryFolder(), 'locks');
    told.length = 0;
  });
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  const hold = async (strangerMs = 400, open = async () => 'open') => {
    const closed: string[] = [];
    const held = await holdExclusively({
      lockFolder,
      name: 'jobs',
      open,
      close: async (opened) => void closed.push(opened),
      onWaiting: (problem) => told.push(problem),
      timing: { beatMs: 20, strangerMs },
    });
    closers.push(() => held.close());
    return { held, closed };
  };
  /** The lock as a process in another container has left it: its number may be anybody's here. */
  const leaveStranger = async (number: number): Promise<void> => {
    await mkdir(lockFolder, { recursive: true });
    const words = { place: 'another boot pid:[1]', pid: 1, startedAt: '1', token: 'x' };
    await writeFile(join(lockFolder, `jobs.${number}`), JSON.stringify(words));
  };

  it('goes to the next one at once when it is closed', async () => {
    const first = await hold();
    const second = await hold();
    expect([first.held.opened, second.held.opened]).toEqual(['open', undefined]);
    expect(told).toEqual([expect.stringContaining(`process ${process.pid}.`)]);
    await first.held.close();
    expect(first.closed).toEqual(['open']);
    await vi.waitFor(() => expect(second.held.opened).toBe('open'));
    expect(told).toHaveLength(2);
  });

  it('is not kept by a dead process 1 of another container, after a silence', async () => {
    await leaveStranger(3);
    const { held } = await hold();
    expect(held.opened).toBeUndefined();
    expect(told[0]).toContain('process 1 of another container or machine');
    await vi.waitFor(() => expect(held.opened).toBe('open'), { timeout: 20_000 });
  });

  it('stays with a holder that shows that it lives, however long a stranger waits', async () => {
    const { held } = await hold(60_000);
    const [name] = await readdir(lockFolder);
    const before = await stat(join(lockFolder, name!));
    await vi.waitFor(async () =>
      expect((await stat(join(lockFolder, name!))).mtimeMs).toBeGreaterThan(before.mtimeMs + 50),
    );
    expect(held.opened).toBe('open');
  });

  it('is given up by one that was thought to be dead', async () => {
    const { held, closed } = await hold(60_000);
    await leaveStranger(2);
    await vi.waitFor(() => expect(held.opened).toBeUndefined());
    await vi.waitFor(() => expect(closed).toEqual(['open']));
  });

  it('stays with its holder while its disk fails', async () => {
    const { held } = await hold(60_000);
    await rename(lockFolder, `${lockFolder}-away`);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(held.opened).toBe('open');
    await rename(`${lockFolder}-away`, lockFolder);
    await held.close();
    expect((await hold()).held.opened).toBe('open');
  });

  it('is given up once, however many looks at its lock were late', async () => {
    const { held, closed } = await hold(60_000);
    await leaveStranger(2);
    // Keeps every thread busy that could look at a file, for longer than a few beats.
    const derive = promisify(pbkdf2);
    await Promise.all(Array.from({ length: 4 }, () => derive('a', 'b', 150_000, 64, 'sha512')));
    await vi.waitFor(() => expect(closed).toEqual(['open']));
    expect(held.holder).toMatch(/^(its process is not known|process 1 of another container)/);
    await vi.waitFor(() => expect(told).toHaveLength(1));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(told).toEqual([expect.stringContaining('process 1 of another container')]);
    expect(closed).toEqual(['open']);
  });

  it('is opened without a lock where none can be written', async () => {
    await writeFile(lockFolder, 'no folder');
    const { held } = await hold();
    expect(held.opened).toBe('open');
    expect(held.holder).toBe('its process is not known');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(held.opened).toBe('open');
  });

  it('is waited for where the lock names no process', async () => {
    await mkdir(lockFolder);
    await writeFile(join(lockFolder, 'jobs.1'), 'nobody');
    const { held } = await hold(60_000);
    expect(held.opened).toBeUndefined();
    expect(held.holder).toBe('its process is not known');
    expect(told).toEqual([expect.stringContaining('its process is not known')]);
  });

  it('that cannot be opened when its time has come is told, and left to the next one', async () => {
    const first = await hold();
    const second = await hold(60_000, () => Promise.reject(new Error('out of order')));
    await first.held.close();
    await vi.waitFor(() => expect(told.at(-1)).toBe('out of order'));
    expect(second.held.opened).toBeUndefined();
    await second.held.close();
    expect(second.closed).toEqual([]);
    expect((await hold()).held.opened).toBe('open');
  });
});

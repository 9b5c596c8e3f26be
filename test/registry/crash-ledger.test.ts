import { spawnSync } from 'node:child_process';
import { open, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openCrashLedger } from '../../src/registry/crash-ledger.ts';
import { sha256 } from '../../src/repository/digest.ts';
import {
  processIdentity,
  type ProcessIdentity,
} from '../../src/repository/stores/disk/process-identity.ts';
import { startCrashing } from '../support/crashing.ts';
import { createRegistryRig, whoAnswers } from '../support/registry-rig.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

vi.setConfig({ testTimeout: 60_000 });

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});

const seven = { model: 'digits', version: 7, fingerprint: 'f' };
const refused = {
  code: 'GLIMPSE_DIED_WHILE_LOADING',
  message: expect.stringContaining('died while loading version 7, 2 times in a row') as string,
  details: { deaths: 2 },
};

/** An entry of another process. */
async function leaveEntry(changes: Partial<ProcessIdentity>): Promise<string> {
  const process = { ...(await processIdentity()), ...changes };
  const file = join(folder, `digits@7.${Math.random()}`);
  await writeFile(file, JSON.stringify({ fingerprint: 'f', process }));
  return file;
}

/** One of a process that cannot be asked whether it lives, as one in another container. */
const leaveStranger = () => leaveEntry({ place: 'another container' });
/** One of a process that is dead, and whose number is another one's now. */
const leaveDead = () => leaveEntry({ startedAt: '1' });

describe('the crash ledger', () => {
  it('sets a version aside that two processes died of, killed with -9 while they opened it', async () => {
    // Who is dead on this machine is known without any silence.
    const ledger = openCrashLedger(folder, 3_600_000);
    await startCrashing(folder, seven);
    await expect(ledger.check(seven)).resolves.toBeUndefined();
    await startCrashing(folder, seven);
    await expect(ledger.check(seven)).rejects.toMatchObject(refused);
    await expect(ledger.check({ ...seven, version: 6 })).resolves.toBeUndefined();
  });

  it('lets it be tried again when its manifest has changed, and when an operator asks for it', async () => {
    const ledger = openCrashLedger(folder);
    await Promise.all([startCrashing(folder, seven), startCrashing(folder, seven)]);
    await expect(ledger.check({ ...seven, fingerprint: 'g' })).resolves.toBeUndefined();
    await ledger.forget('others');
    await expect(ledger.check(seven)).rejects.toMatchObject(refused);
    await ledger.forget('digits');
    await expect(ledger.check(seven)).resolves.toBeUndefined();
  });

  it('counts deaths in a row only: an opening that ended, however it did, clears the version', async () => {
    const ledger = openCrashLedger(folder);
    await startCrashing(folder, seven);
    const strikeOut = await ledger.enter(seven);
    expect(await readdir(folder)).toHaveLength(2);
    await strikeOut();
    expect(await readdir(folder)).toEqual([]);
    await startCrashing(folder, seven);
    await expect(ledger.check(seven)).resolves.toBeUndefined();
  });

  it('does not take what living processes are opening for deaths', async () => {
    const others = [openCrashLedger(folder), openCrashLedger(folder), openCrashLedger(folder)];
    await Promise.all(others.map((other) => other.enter(seven)));
    await expect(openCrashLedger(folder).check(seven)).resolves.toBeUndefined();
    for (const other of others) other.close();
  });

  it('of another container waits whether its process still says that it lives', async () => {
    const files = [await leaveStranger(), await leaveStranger()];
    const ledger = openCrashLedger(folder, 1_000);
    const alive = setInterval(
      () => void utimes(files[0]!, Date.now() / 1000, Date.now() / 1000),
      100,
    );
    await expect(ledger.check(seven)).resolves.toBeUndefined();
    clearInterval(alive);
    // Now neither of them does.
    await expect(ledger.check(seven)).rejects.toMatchObject(refused);
  });

  it('sees soon that what another container has entered was struck out', async () => {
    const files = [await leaveStranger(), await leaveStranger()];
    const begunAt = performance.now();
    const checked = openCrashLedger(folder, 4_000).check(seven);
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (const file of files) await rm(file);
    await expect(checked).resolves.toBeUndefined();
    expect(performance.now() - begunAt).toBeLessThan(2_500);
  });

  it('does not count what is struck out while it is read', async () => {
    await leaveDead();
    // Its reader waits until somebody writes into it.
    const file = await leaveDead();
    const text = await readFile(file, 'utf8');
    await rm(file);
    expect(spawnSync('mkfifo', [file]).status).toBe(0);
    const checked = openCrashLedger(folder).check(seven);
    const written = await open(file, 'w');
    await rm(file);
    await written.writeFile(text);
    await written.close();
    await expect(checked).resolves.toBeUndefined();
    await leaveDead();
    await expect(openCrashLedger(folder).check(seven)).rejects.toMatchObject(refused);
  });

  it('says five times in a silence that its process lives, as long as it opens the version', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const strikeOut = await openCrashLedger(folder).enter(seven);
    const [name] = await readdir(folder);
    const file = join(folder, name!);
    const entry = JSON.parse(await readFile(file, 'utf8')) as unknown;
    expect(entry).toEqual({ fingerprint: 'f', process: await processIdentity() });
    await utimes(file, 1, 1);
    vi.advanceTimersByTime(999);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await stat(file)).mtimeMs).toBe(1000);
    vi.advanceTimersByTime(1);
    await expect.poll(async () => (await stat(file)).mtimeMs).toBeGreaterThan(Date.now() - 60_000);
    await strikeOut();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('without a folder knows of no death', async () => {
    const none = openCrashLedger(join(folder, 'none'));
    await expect(none.check(seven)).resolves.toBeUndefined();
    await expect(none.forget('digits')).resolves.toBeUndefined();
  });

  it('is forgotten by several at once, and without what is just being opened', async () => {
    const ledger = openCrashLedger(folder);
    const strikeOut = await ledger.enter(seven);
    const own = await readdir(folder);
    for (let count = 0; count < 60; count += 1) await leaveDead();
    const forgetting: Promise<void>[] = [];
    for (let times = 0; times < 20; times += 1) {
      forgetting.push(ledger.forget('digits'));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(forgetting);
    expect(await readdir(folder)).toEqual(own);
    await strikeOut();
    expect(await readdir(folder)).toEqual([]);
  });

  it('keeps nothing of a process that ends on purpose, also in the middle of an opening', async () => {
    const ledger = openCrashLedger(folder);
    const strikeOut = await ledger.enter(seven);
    await ledger.enter(seven);
    const [lost] = await readdir(folder);
    await rm(join(folder, lost!));
    ledger.close();
    expect(await readdir(folder)).toEqual([]);
    await strikeOut();
    const strikeNothing = await ledger.enter(seven);
    expect(await readdir(folder)).toEqual([]);
    await strikeNothing();
    expect(await readdir(folder)).toEqual([]);
  });

  it('passes over files that are none of its own', async () => {
    await writeFile(join(folder, 'digits@7.x'), 'no JSON');
    await writeFile(join(folder, 'digits@7.y'), '[1]');
    await writeFile(join(folder, 'digits@7.z'), 'null');
    const ledger = openCrashLedger(folder);
    await expect(ledger.check(seven)).resolves.toBeUndefined();
    await ledger.forget('digits');
    expect((await readdir(folder)).toSorted()).toEqual(['digits@7.x', 'digits@7.y', 'digits@7.z']);
  });
});

describe('a registry with a crash ledger', () => {
  it('goes on with the older version, tells why, and tries again when it is asked to', async () => {
    const rig = await createRegistryRig({ crashLedger: openCrashLedger(folder) });
    const { registry } = rig;
    await rig.publish();
    await registry.start();
    const manifest = await rig.publish();
    const dying = { model: 'digits', version: 2, fingerprint: sha256(JSON.stringify(manifest)) };
    await Promise.all([startCrashing(folder, dying), startCrashing(folder, dying)]);
    await registry.reconcile();
    expect(await whoAnswers(registry, 'digits')).toBe(1);
    const { reasons } = registry.describeModel('digits');
    expect(reasons.join()).toContain('died while loading version 2, 2 times in a row: set aside');
    await registry.refresh('digits');
    expect(await whoAnswers(registry, 'digits')).toBe(2);
    expect(await readdir(folder)).toEqual([]);
    await registry.close();
  });
});

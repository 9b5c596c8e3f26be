import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { openCrashLedger } from '../../src/registry/crash-ledger.ts';
import { sha256 } from '../../src/repository/digest.ts';
import { processIdentity } from '../../src/repository/stores/disk/process-identity.ts';
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
};

/** An entry of a process that cannot be asked whether it lives, as one in another container. */
async function leaveStranger(): Promise<string> {
  const process = { ...(await processIdentity()), place: 'another container' };
  const file = join(folder, `digits@7.${Math.random()}`);
  await writeFile(file, JSON.stringify({ fingerprint: 'f', process }));
  return file;
}

describe('the crash ledger', () => {
  it('sets a version aside that two processes died of, killed with -9 while they opened it', async () => {
    const ledger = openCrashLedger(folder);
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

  it('keeps nothing of a process that ends on purpose, also in the middle of an opening', async () => {
    const ledger = openCrashLedger(folder);
    await ledger.enter(seven);
    ledger.close();
    expect(await readdir(folder)).toEqual([]);
    await (
      await ledger.enter(seven)
    )();
    expect(await readdir(folder)).toEqual([]);
  });

  it('passes over files that are none of its own', async () => {
    await writeFile(join(folder, 'digits@7.x'), 'no JSON');
    await writeFile(join(folder, 'digits@7.y'), '[1]');
    await expect(openCrashLedger(folder).check(seven)).resolves.toBeUndefined();
    expect(await readFile(join(folder, 'digits@7.y'), 'utf8')).toBe('[1]');
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

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSpoolFolder } from '../../../src/datasets/bytes/spool-folder.ts';
import { temporaryFolder } from '../dataset-files.ts';

describe('a spool folder', () => {
  it('is made when it is needed, empty, and gives paths that are not used', async () => {
    const parent = join(await temporaryFolder(), 'a', 'b');
    const spool = createSpoolFolder(parent);
    expect(existsSync(parent)).toBe(false);
    await spool.close();
    const paths = await Promise.all([spool.next(), spool.next()]);
    expect([...paths, await spool.next()]).toEqual(
      ['1', '2', '3'].map((name) => join(parent, 'spool', name)),
    );
    writeFileSync(paths[0], 'x');
    await spool.close();
    expect(existsSync(join(parent, 'spool'))).toBe(false);
  });

  it('holds nothing of an interrupted run', async () => {
    const parent = await temporaryFolder();
    mkdirSync(join(parent, 'spool', 'deep'), { recursive: true });
    writeFileSync(join(parent, 'spool', 'deep', 'x'), 'x');
    await createSpoolFolder(parent).next();
    expect(existsSync(join(parent, 'spool'))).toBe(true);
    expect(existsSync(join(parent, 'spool', 'deep'))).toBe(false);
  });
});

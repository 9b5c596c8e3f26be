import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { replaceFolder } from '../../scripts/replace-folder.mjs';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('a folder in the place of another', () => {
  it('is there whole, and nothing beside it, when many are put there at once', async () => {
    const folder = await temporaryFolder();
    const place = join(folder, 'dist');
    const put = async (name: string): Promise<void> => {
      const made = join(folder, `dist.${name}`);
      await mkdir(made);
      for (const file of ['main.js', 'cli.js']) await writeFile(join(made, file), name);
      await replaceFolder(made, place);
    };
    await put('first');
    expect(await readFile(join(place, 'main.js'), 'utf8')).toBe('first');
    await Promise.all(Array.from({ length: 12 }, (_, number) => put(String(number))));
    expect(await readdir(folder)).toEqual(['dist']);
    const [one, other] = await Promise.all(
      ['main.js', 'cli.js'].map((file) => readFile(join(place, file), 'utf8')),
    );
    expect(one).toBe(other);
    expect(one).not.toBe('first');
  });

  it('stays as it is when there is nothing to put there', async () => {
    const folder = await temporaryFolder();
    const place = join(folder, 'dist');
    await mkdir(place);
    await expect(replaceFolder(join(folder, 'made'), place)).rejects.toMatchObject({
      code: 'ENOENT',
    });
    expect(await readdir(folder)).toEqual(['dist']);
  });
});

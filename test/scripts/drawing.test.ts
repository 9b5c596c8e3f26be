import { execFile } from 'node:child_process';
import { mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { emptyDrawn, refuseForeignFile } from '../../scripts/drawing/own-folder.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const drawn = { red: /^\d{4}\.png$/, blue: /^\d{4}\.png$/ };

async function folderOf(...files: string[]): Promise<string> {
  const folder = join(await temporaryFolder(), 'drawn');
  for (const file of files) {
    await mkdir(join(folder, file, '..'), { recursive: true });
    await writeFile(join(folder, file), 'x');
  }
  return folder;
}

describe('a folder that is drawn anew', () => {
  it('is emptied of what was drawn before, and may not be there', async () => {
    const folder = await folderOf('red/0001.png', 'blue/0002.png');
    await emptyDrawn(folder, drawn);
    await expect(readdir(folder)).rejects.toThrow('ENOENT');
    await emptyDrawn(folder, drawn);
  });

  it.each(['thesis.docx', 'red/mine.png', 'green/0001.png', 'red/more/0001.png', '.git/HEAD'])(
    'is refused with %s in it, and nothing is deleted',
    async (file) => {
      const folder = await folderOf('blue/0001.png', 'red/0001.png', file);
      const name = file.startsWith('red') ? file.split('/', 2).join('/') : file.split('/')[0];
      await expect(emptyDrawn(folder, drawn)).rejects.toThrow(
        `${folder} holds ${name}, which was not drawn by this script; nothing was deleted`,
      );
      expect(await readFile(join(folder, file), 'utf8')).toBe('x');
      expect(await readdir(join(folder, 'blue'))).toEqual(['0001.png']);
    },
  );

  it('is refused where a link stands in place of a folder', async () => {
    const elsewhere = await folderOf('0001.png');
    const folder = await folderOf('blue/0001.png');
    await symlink(elsewhere, join(folder, 'red'));
    await expect(emptyDrawn(folder, drawn)).rejects.toThrow('holds red');
  });
});

describe('a file that is drawn anew', () => {
  it('is refused when it begins as no drawing does', async () => {
    const folder = await folderOf('job.json', 'empty.svg', 'old.svg');
    await writeFile(join(folder, 'empty.svg'), '');
    await writeFile(join(folder, 'old.svg'), '<svg xmlns="x"/>');
    const check = (name: string) => refuseForeignFile(join(folder, name), /^<svg\b/);
    await expect(check('job.json')).rejects.toThrow('job.json was not drawn by this script');
    for (const name of ['empty.svg', 'old.svg', 'none.svg']) await check(name);
  });
});

describe('scripts/draw-shapes.ts', () => {
  it('draws twice into its folder, and not into one with a file of somebody else', async () => {
    const folder = join(await temporaryFolder(), 'shapes');
    const draw = (end = '') =>
      promisify(execFile)(process.execPath, [
        '--import',
        'tsx',
        'scripts/draw-shapes.ts',
        `${folder}${end}`,
        '1',
      ]);
    await draw();
    expect((await draw('/')).stdout).toContain('5 images in');
    expect(await readdir(folder)).toHaveLength(5);
    await writeFile(join(folder, 'notes.txt'), 'mine');
    await expect(draw()).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`${folder} holds notes.txt`),
    });
    expect(await readdir(folder)).toContain('red-circle');
    expect(await readFile(join(folder, 'notes.txt'), 'utf8')).toBe('mine');
  });
});

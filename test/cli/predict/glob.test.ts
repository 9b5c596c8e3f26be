import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { filesOf, isGlob } from '../../../src/cli/predict/glob.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let root: string;
beforeAll(async () => {
  root = await temporaryFolder();
  for (const name of [
    'a.png',
    'b.jpg',
    'c[1].png',
    'notes.txt',
    '.hidden.png',
    'one/a.png',
    'one/two/b.png',
    'one/two/c.jpg',
    '.git/d.png',
  ]) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), '');
  }
  await symlink(root, join(root, 'one', 'back'));
  await symlink(join(root, 'a.png'), join(root, 'one', 'link.png'));
});

const find = async (pattern: string) =>
  (await filesOf(`${root}/${pattern}`)).map((file) => relative(root, file));

describe('a pattern', () => {
  it.each([
    ['*.png', ['a.png', 'c[1].png']],
    ['?.png', ['a.png']],
    ['[!a].jpg', ['b.jpg']],
    ['[ab].*', ['a.png', 'b.jpg']],
    ['{a,b}.{png,jpg}', ['a.png', 'b.jpg']],
    ['.*.png', ['.hidden.png']],
    ['*/*.png', ['one/a.png', 'one/link.png']],
    ['one/*/?.jpg', ['one/back/b.jpg', 'one/two/c.jpg']],
    ['none-{1,2}+(x)$.png', []],
    ['[z-a].png', []],
    ['c[[]1]*', ['c[1].png']],
    ['**/*.png', ['a.png', 'c[1].png', 'one/a.png', 'one/link.png', 'one/two/b.png']],
    ['one/**', ['one/a.png', 'one/link.png', 'one/two/b.png', 'one/two/c.jpg']],
    ['**/two/**/*.{jpg,png}', ['one/two/b.png', 'one/two/c.jpg']],
    ['*.txt/x', []],
    ['on*', []],
    ['none/*.png', []],
    ['[.png', []],
  ])('%s finds files only, sorted', async (pattern, files) => {
    expect(await find(pattern)).toEqual(files);
  });

  it('is told from a name', () => {
    expect(['a*', 'a?', '[a]', '{a,b}', 'a.png', '../a b/c'].map(isGlob)).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it('is relative to where the command runs', async () => {
    expect(await filesOf('src/cli/predict/gl*.ts')).toEqual(['src/cli/predict/glob.ts']);
    expect(await filesOf('./src/cli/../cli/predict/gl*.ts')).toEqual(['src/cli/predict/glob.ts']);
  });

  it('with very many alternatives ends', async () => {
    expect(await filesOf(`${root}/${'{x,y}'.repeat(40)}`)).toEqual([]);
  });
});

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { command } from '../../src/cli/init/init.ts';
import { dependencyOn, installedFrom } from '../../src/cli/init/package-origin.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A project as npm leaves it that has installed a Glimpse; gives where that lies. */
async function installed(resolved?: string): Promise<{ project: string; root: string }> {
  const project = await temporaryFolder();
  const root = join(project, 'node_modules', 'glimpse');
  await mkdir(root, { recursive: true });
  const packages = { 'node_modules/glimpse': { version: '1.2.3', integrity: 'sha512-', resolved } };
  await writeFile(join(root, '..', '.package-lock.json'), JSON.stringify({ packages }));
  return { project, root };
}

describe('glimpse init', () => {
  it('writes a project that depends on the tarball that was named, by the way to it', async () => {
    const home = await temporaryFolder();
    const tarball = join(home, 'glimpse-9.tgz');
    await writeFile(tarball, '');
    const folder = join(home, 'apps', 'mine');
    const { code, stdout } = await runCommand(command, [folder, '--package', tarball]);
    expect(code).toBe(0);
    expect(stdout).toContain('npm install');
    const files = await readdir(folder);
    expect(files.toSorted()).toEqual([
      '.gitignore',
      '7.png',
      'README.md',
      'package.json',
      'server.js',
    ]);
    const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    expect(manifest.dependencies.glimpse).toBe('file:../../glimpse-9.tgz');
    const own = JSON.parse(await readFile(join(import.meta.dirname, '../../package.json'), 'utf8'));
    expect(manifest.dependencies.fastify).toBe(own.dependencies.fastify);
  });

  it('leaves a folder alone that holds something', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'mine.txt'), 'mine');
    const { code, stderr } = await runCommand(command, [folder, '--package', '1.0.0']);
    expect(code).toBe(2);
    expect(stderr).toContain('something in');
    expect(await readdir(folder)).toEqual(['mine.txt']);
  });

  it('asks where to get Glimpse when npm has not installed it, and writes nothing', async () => {
    const home = await temporaryFolder();
    const { code, stderr } = await runCommand(command, [join(home, 'mine')]);
    expect(code).toBe(2);
    expect(stderr).toContain('--package');
    expect(await readdir(home)).toEqual([]);
  });

  it('refuses a tarball that is not there', async () => {
    const home = await temporaryFolder();
    const missing = join(home, 'none.tgz');
    const { code, stderr } = await runCommand(command, [join(home, 'a'), '--package', missing]);
    expect(code).toBe(2);
    expect(stderr).toContain(`There is no ${missing}.`);
    expect(await readdir(home)).toEqual([]);
  });
});

describe('where npm got an installed package from', () => {
  it('is the tarball, found from the project that it was installed into', async () => {
    const { project, root } = await installed('file:../packed/glimpse-1.2.3.tgz');
    expect(await installedFrom(root)).toBe(join(project, '..', 'packed', 'glimpse-1.2.3.tgz'));
  });

  it('is the version that a registry gave, or an address that is none of a registry', async () => {
    const ofRegistry = await installed('https://npm.example.test/glimpse/-/glimpse-1.2.3.tgz');
    expect(await installedFrom(ofRegistry.root)).toBe('1.2.3');
    expect(await installedFrom((await installed()).root)).toBe('1.2.3');
    const address = 'https://files.example.test/glimpse.tgz';
    const put = await installed(address);
    expect(await installedFrom(put.root)).toBe(address);
    expect(dependencyOn(address, put.project)).toBe(address);
  });

  it('is not known where npm has written nothing', async () => {
    expect(await installedFrom(join(await temporaryFolder(), 'node_modules', 'glimpse'))).toBe(
      undefined,
    );
  });
});

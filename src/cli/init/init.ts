import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot, versionOfPackage } from '../../package.ts';
import { defineCommand, print, UsageError } from '../command.ts';
import { required, text } from '../options.ts';
import { dependencyOn, installedFrom } from './package-origin.ts';

/** The files of the project that are the same for everybody. */
const project = join(packageRoot, 'create', 'project');

export const command = defineCommand({
  name: 'init',
  description:
    'Writes a small project into a folder: a server of a few lines that answers by the plugin for Fastify, an image to ask about, and a page that says how to go on.',
  arguments: { folder: required('a folder that is not there yet, or is empty') },
  options: {
    package: text(
      'WHAT',
      'the Glimpse that the project needs: a tarball, or a version that the registry has; unless given, the one that npm has installed here',
    ),
  },
  async run({ folder, package: given }) {
    const origin = given ?? (await installedFrom(packageRoot));
    if (origin === undefined)
      throw new UsageError(
        'npm has not installed this Glimpse, so the project cannot say where to get it: --package names a tarball (npm run pack) or a version.',
      );
    if (!existsSync(project))
      throw new UsageError(
        'This Glimpse is no package; the tarball of npm run pack has what it writes.',
      );
    const manifest = manifestOf(dependencyOn(origin, folder));
    await makeEmpty(folder);
    await cp(project, folder, { recursive: true });
    await cp(join(packageRoot, 'samples', 'golden', '7.png'), join(folder, '7.png'));
    await writeFile(join(folder, '.gitignore'), 'node_modules\n.glimpse\n');
    await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    print(`A server is in ${folder}. To start it:\n\n  cd ${folder}\n  npm install\n  npm start`);
    return 0;
  },
});

async function makeEmpty(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0)
    throw new UsageError(`There is something in ${folder} already; nothing was written.`);
}

/** Without a name: npm takes that of the folder, which need not be one that packages may have. */
function manifestOf(glimpse: string): object {
  const fastify = versionOfPackage('fastify');
  return {
    private: true,
    type: 'module',
    engines: { node: '>=20.19' },
    scripts: { start: 'node server.js' },
    dependencies: { fastify, glimpse },
  };
}

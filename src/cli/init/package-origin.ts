import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { isRecord } from '../../json.ts';
import { UsageError } from '../command.ts';

/**
 * Where npm got an installed package from, by what it has written beside it: the path of a tarball, an address, or the version that the
 * registry gave. Nothing where npm has not installed it: it lies in a checkout, or another package manager has done it.
 */
export async function installedFrom(root: string): Promise<string | undefined> {
  const modules = dirname(root);
  const text = await readFile(join(modules, '.package-lock.json'), 'utf8').catch(() => '{}');
  const lock: unknown = JSON.parse(text);
  const packages = isRecord(lock) ? lock['packages'] : undefined;
  const entry = isRecord(packages) ? packages['node_modules/glimpse'] : undefined;
  if (!isRecord(entry)) return undefined;
  const { resolved, version } = entry;
  // Of what comes from a registry, npm may leave out from where.
  if (typeof resolved !== 'string') return 'integrity' in entry ? String(version) : undefined;
  if (resolved.startsWith('file:')) return join(dirname(modules), resolved.slice('file:'.length));
  // So do registries name the tarballs of their packages; any other address is where somebody has put one.
  return resolved.includes('/-/') ? String(version) : resolved;
}

/** How a project in a folder names what it depends on in its package.json: files by their way from there, all else as it is. */
export function dependencyOn(origin: string, folder: string): string {
  if (/^(https?|npm):/.test(origin) || !/\.tgz$|[\\/]/.test(origin)) return origin;
  if (!existsSync(origin)) throw new UsageError(`There is no ${origin}.`);
  return `file:${relative(resolve(folder), resolve(origin)).split(sep).join('/')}`;
}

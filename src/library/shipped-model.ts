import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { packageRoot } from '../package.ts';

/**
 * Makes a folder that is not there yet with the model for digits of this package, at once and whole; one that is there is left as it
 * is, also when it is empty: somebody has made it so.
 */
export async function shipModel(repository: string): Promise<void> {
  if (repository.includes('://') || existsSync(repository)) return;
  const shipped = join(packageRoot, 'models', 'digits');
  if (!existsSync(shipped)) return;
  const folder = resolve(repository);
  await mkdir(dirname(folder), { recursive: true });
  const made = await mkdtemp(join(dirname(folder), `.${basename(folder)}.`));
  try {
    await cp(shipped, join(made, 'digits'), { recursive: true });
    // A temporary folder is its maker's alone.
    await chmod(made, 0o755);
    await rename(made, folder);
  } catch (error) {
    // Another process was first.
    if (!existsSync(folder)) throw error;
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../src/package.ts';

/** Puts the first of the shipped versions alone into a repository, in production: what is made beside it is the second. */
export async function copyFirstVersion(repository: string): Promise<void> {
  const version = join('digits', '1');
  await cp(join(packageRoot, 'models', version), join(repository, version), { recursive: true });
  const labels = { latest: 1, production: 1 };
  await writeFile(join(repository, 'digits', 'labels.json'), JSON.stringify(labels));
}

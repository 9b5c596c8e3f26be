import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What assembly/ compiles to depends on nothing else: its files, and the version of the compiler. */
export async function digestOfAssembly(root: string): Promise<string> {
  const digest = createHash('sha256');
  const { devDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  digest.update(`assemblyscript ${devDependencies['assemblyscript']}\n`);
  const folder = join(root, 'assembly');
  for (const name of (await readdir(folder)).filter((file) => file.endsWith('.ts')).sort()) {
    digest.update(`${name}\n`).update(await readFile(join(folder, name)));
  }
  return digest.digest('hex');
}

import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../src/package.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A repository of the version alone that is shipped with the label production: whoever serves or trains in the checkout has more in its `models`, and other labels. */
export async function shippedModels(): Promise<string> {
  const folder = await temporaryFolder();
  const version = join('digits', '2');
  await cp(join(packageRoot, 'models', version), join(folder, version), { recursive: true });
  const labels = { latest: 2, production: 2 };
  await writeFile(join(folder, 'digits', 'labels.json'), JSON.stringify(labels));
  return folder;
}

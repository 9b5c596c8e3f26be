/**
 * Writes five datasets as people bring them, to look at: a competition's, folders with twins and rubbish, one whose parts
 * share images, photos of all kinds, and tables of numbers.
 *
 *   npx tsx scripts/messy-folders.ts FOLDER
 *   npx glimpse dataset look FOLDER/3-repeated --sheet sheet.png
 *
 * A folder that is there already is refused.
 */
import { mkdir } from 'node:fs/promises';
import { messageOf } from '../src/errors.ts';
import { messyFolders, writeMessyFolder, type MessyFolder } from './drawing/messy-folders.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('Usage: npx tsx scripts/messy-folders.ts FOLDER');
  process.exit(2);
}
try {
  await mkdir(folder);
} catch (error) {
  console.error(messageOf(error));
  process.exit(1);
}
for (const name of Object.keys(messyFolders) as MessyFolder[]) {
  console.log(await writeMessyFolder(folder, name));
}

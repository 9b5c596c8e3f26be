import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../src/package.ts';
import { licencesPage, packagesOf, refusedLicences } from './supply/licences.ts';

/**
 * `npm run licences`: writes THIRD-PARTY-LICENSES.md from the lock file, and refuses what is under a licence that nobody has
 * looked at.
 */
const lock = JSON.parse(await readFile(join(packageRoot, 'package-lock.json'), 'utf8')) as object;
const packages = packagesOf(lock);
const refused = refusedLicences(packages);
for (const { name, version, licence } of refused) {
  console.error(
    `${name} ${version} is under "${licence}", which is not on the list in scripts/supply/licences.ts.`,
  );
}
if (refused.length > 0) process.exit(1);
await writeFile(join(packageRoot, 'THIRD-PARTY-LICENSES.md'), licencesPage(packages));
console.log(`THIRD-PARTY-LICENSES.md names ${packages.length} packages.`);

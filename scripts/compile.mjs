import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Makes the programs in dist/ when the sources are newer than what was made last. Throws when it fails. */
export function compileWhenStale() {
  if (isMade('dist')) return;
  console.error('Building ...');
  run(join(root, 'scripts', 'bundle.mjs'));
}

/** Makes the modules one by one in build/, for what is to load single ones without a compiler. Throws when it fails. */
export function compileModulesWhenStale() {
  if (isMade('build')) return;
  run(join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json');
}

/** @param {string[]} program */
function run(...program) {
  const { status } = spawnSync(process.execPath, program, { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error('The sources could not be compiled.');
}

/** @param {string} folder */
function isMade(folder) {
  try {
    const made = statSync(join(root, folder, 'main.js')).mtimeMs;
    // An installed package and an image have no sources.
    if (!existsSync(join(root, 'src'))) return true;
    return (
      made >=
      Math.max(newestIn('src'), newestIn('console'), statSync(join(root, 'package.json')).mtimeMs)
    );
  } catch {
    return false;
  }
}

/** @param {string} folder */
function newestIn(folder) {
  const files = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  const times = files.map(
    (entry) => statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs,
  );
  return Math.max(...times);
}

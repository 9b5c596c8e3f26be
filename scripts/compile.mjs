import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Compiles src/ into dist/ when the sources are newer than what was compiled last. Throws when it fails. */
export function compileWhenStale() {
  if (isCompiled()) return;
  console.error('Building ...');
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('The sources could not be compiled.');
}

function isCompiled() {
  try {
    const compiled = statSync(join(root, 'dist', 'main.js')).mtimeMs;
    // An installed package and an image have no sources.
    if (!existsSync(join(root, 'src'))) return true;
    return compiled >= Math.max(newestIn('src'), statSync(join(root, 'package.json')).mtimeMs);
  } catch {
    return false;
  }
}

function newestIn(folder) {
  const files = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  const times = files.map(
    (entry) => statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs,
  );
  return Math.max(...times);
}

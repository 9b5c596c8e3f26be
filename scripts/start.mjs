/**
 * `npm start`: compiles when the sources are newer than what was compiled last, then becomes the server.
 * The server runs in this very process, so signals reach it.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

function newestIn(folder) {
  const files = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  const times = files
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs);
  return Math.max(...times);
}

function isBuilt() {
  try {
    const sources = Math.max(newestIn('src'), statSync(join(root, 'package.json')).mtimeMs);
    return statSync(join(root, 'dist', 'main.js')).mtimeMs >= sources;
  } catch {
    return false;
  }
}

if (!isBuilt()) {
  console.error('Building ...');
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

await import('../dist/main.js');

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a bench has measured, on disk, so that a long series survives its process. */
export interface KeptLines<Line> {
  readonly lines: readonly Line[];
  add(line: Line): void;
}

/** Of the file .glimpse/<name>.ndjson of the project; `isFresh` forgets what is there. */
export function keepLines<Line>(root: string, name: string, isFresh = false): KeptLines<Line> {
  const file = join(root, '.glimpse', `${name}.ndjson`);
  if (isFresh) rmSync(file, { force: true });
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const lines = text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
  return {
    lines,
    add(line) {
      lines.push(line);
      mkdirSync(dirname(file), { recursive: true });
      appendFileSync(file, `${JSON.stringify(line)}\n`);
    },
  };
}

/** The code below `src` or elsewhere in the project that decides what is measured, as of the last commit; without git every code looks the same. */
export function codeOf(root: string, decisive: readonly string[]): string {
  const words = ['rev-parse', ...decisive.map((path) => `HEAD:${path}`)];
  try {
    const names = execFileSync('git', words, { cwd: root, encoding: 'utf8', stdio: 'pipe' });
    return createHash('sha256').update(names).digest('hex');
  } catch {
    return 'unknown';
  }
}

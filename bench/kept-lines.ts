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

import type { Readable } from 'node:stream';

/** How much of what one cell writes is passed on: a model must not fill the log. */
const maxCharacters = 16 * 1024;
const longestLine = 1_000;

/** Passes on what a cell writes to its stderr, line by line, and says where it leaves something out. */
export function keepOutput(stderr: Readable | null, onLine: (line: string) => void): void {
  let left = maxCharacters;
  let rest = '';
  const pass = (line: string): void => {
    if (left <= 0 || line === '') return;
    const kept = line.slice(0, longestLine);
    left -= kept.length;
    onLine(left > 0 ? kept : `${kept} (what follows is left out)`);
  };
  stderr?.setEncoding('utf8');
  stderr?.on('data', (text: string) => {
    if (left <= 0) return;
    const lines = (rest + text).split('\n');
    rest = (lines.pop() ?? '').slice(0, longestLine);
    for (const line of lines) pass(line);
  });
  stderr?.on('end', () => pass(rest));
  stderr?.on('error', () => undefined);
}

import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { compiled } from './programs.ts';
import { recordLog } from './recorded-logs.ts';
import type { LogLine } from './server.ts';

const root = join(import.meta.dirname, '..', '..');

export interface ServerProcess {
  readonly child: ChildProcess;
  readonly lines: readonly LogLine[];
  /** Resolves with the first log line that fits. */
  line(fits: (line: LogLine) => boolean): Promise<LogLine>;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

/**
 * Starts the real `main.ts` as a process of its own, with nothing of GLIMPSE_* but these settings. `through`
 * is a command that runs the command behind it, and may change before what holds for it; `words` are the program
 * that starts the server, and its options.
 */
export function startServerProcess(
  env: Record<string, string>,
  through: readonly string[] = [],
  words: readonly string[] = [compiled('main')],
): ServerProcess {
  const inherited = Object.entries(process.env).filter(([key]) => !key.startsWith('GLIMPSE_'));
  const [program = process.execPath, ...args] = [...through, process.execPath, ...words];
  const child = spawn(program, args, {
    cwd: root,
    // Beside other tests a training process that stands back would hardly ever run.
    env: {
      ...Object.fromEntries(inherited),
      GLIMPSE_TRAIN_NICE: '0',
      GLIMPSE_TRUSTED_MODELS: '*',
      ...env,
    },
  });
  const lines: LogLine[] = [];
  const waiting = new Set<() => void>();
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    recordLog(text);
    const pieces = (rest + text).split('\n');
    rest = pieces.pop() ?? '';
    for (const piece of pieces) lines.push(parse(piece));
    for (const look of waiting) look();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    lines.push({ stderr: text });
    for (const look of waiting) look();
  });
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal));
  });
  return {
    child,
    lines,
    ended,
    line: (fits) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = lines.find(fits);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        void ended.then((code) =>
          reject(new Error(`the server ended with ${code}: ${JSON.stringify(lines.slice(-5))}`)),
        );
        look();
      }),
  };
}

function parse(text: string): LogLine {
  try {
    return JSON.parse(text);
  } catch {
    return { text };
  }
}

import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Task } from './store-process.ts';

/** A running `store-process.ts`. */
export interface StoreProcess {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  readonly lines: string[];
  /** Its first line, as soon as it is there. */
  readonly firstLine: Promise<string>;
  /** How it ended: its exit code, or the signal that killed it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

export function startStoreProcess(task: Task): StoreProcess {
  const entry = new URL('store-process.ts', import.meta.url).pathname;
  const args = ['--import', import.meta.resolve('tsx'), entry, JSON.stringify(task)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const reader = createInterface({ input: child.stdout });
  const lines: string[] = [];
  reader.on('line', (line) => lines.push(line));
  return {
    child,
    lines,
    firstLine: new Promise((resolve) => reader.once('line', resolve)),
    ended: new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal))),
  };
}

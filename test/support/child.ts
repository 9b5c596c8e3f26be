import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { serialize } from 'node:v8';
import type { VersionDraft } from '../../src/repository/repository.ts';
import { aDraft } from './drafts.ts';

export type Task =
  | { readonly do: 'publish'; readonly root: string; readonly times: number }
  /** Dies before or after the write with this number, counted from 1. */
  | {
      readonly do: 'die';
      readonly root: string;
      readonly when: 'before' | 'after';
      readonly write: number;
    }
  | { readonly do: 'increment'; readonly root: string }
  | { readonly do: 'hold'; readonly folder: string; readonly name: string };

/** What the process is told, and what it publishes where it shall publish. */
export interface Order {
  readonly task: Task;
  readonly draft: VersionDraft;
}

/** A running `store-process.mjs`. */
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
  const entry = new URL('store-process.mjs', import.meta.url).pathname;
  const order: Order = { task, draft: aDraft({ label: 'production' }) };
  const argument = serialize(order).toString('base64');
  const child = spawn(process.execPath, [entry, argument], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
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

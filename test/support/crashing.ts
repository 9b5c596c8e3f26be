import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { OpenedSubject } from '../../src/registry/crash-ledger.ts';
import { programOf } from './programs.ts';

/** A process that is killed with -9 while it opens a version; resolves when it is gone. */
export async function startCrashing(folder: string, subject: OpenedSubject): Promise<void> {
  const program = fileURLToPath(programOf('crashing-process').url);
  const child = spawn(process.execPath, [program, folder, JSON.stringify(subject)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
}

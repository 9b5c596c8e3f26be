import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { compiled } from './programs.ts';

const root = join(import.meta.dirname, '..', '..');

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface CliOptions {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
}

/** Runs the real `glimpse` command as a child process; the environment holds nothing of GLIMPSE_* else. */
export function runCli(args: string[], options: CliOptions = {}): Promise<CliResult> {
  return startCli(args, options).result;
}

/** The same, for whoever does something to the process meanwhile. */
export function startCli(
  args: string[],
  options: CliOptions = {},
): { readonly child: ChildProcess; readonly result: Promise<CliResult> } {
  const inherited = Object.entries(process.env).filter(([key]) => !key.startsWith('GLIMPSE_'));
  const child = spawn(process.execPath, [compiled('cli'), ...args], {
    cwd: options.cwd ?? root,
    env: { ...Object.fromEntries(inherited), ...options.env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const result = new Promise<CliResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, result };
}

import { spawn } from 'node:child_process';

/** Something of somebody else's is not on this machine and cannot be fetched: not a failure of ours. */
export class MissingTool extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'MissingTool';
  }
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** What it reads from its standard input. */
  readonly input?: string;
  /** How much of all it said is told when it fails: the end. */
  readonly toldLength?: number;
}

/**
 * Runs a program and resolves with what it wrote to its standard output. Throws with the end of all it said when it
 * fails, and MissingTool when there is no such program.
 */
export function run(
  program: string,
  args: readonly string[],
  { cwd, env = {}, timeoutMs = 10 * 60_000, input = '', toldLength = 6000 }: RunOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...(cwd !== undefined && { cwd }),
      env: { ...process.env, ...env },
      // The timer of spawn's own option outlives a program that could not be started.
      signal: AbortSignal.timeout(timeoutMs),
    });
    child.stdin.on('error', () => {}).end(input);
    let output = '';
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      said += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    child.on('error', (error) => {
      const isMissing = 'code' in error && error.code === 'ENOENT';
      reject(isMissing ? new MissingTool(`there is no ${program} here`) : error);
    });
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else
        reject(
          new Error(`${program} ended with ${code ?? signal}:\n${said.slice(-toldLength).trim()}`),
        );
    });
  });
}

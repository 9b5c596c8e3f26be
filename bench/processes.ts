import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = join(import.meta.dirname, '..');

export interface Running {
  readonly port: number;
  readonly pid: number;
  /** From the start of the process to its first readiness. */
  readonly readyMs: number;
  stop(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no free port');
  return address.port;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

async function untilReady(port: number, child: ChildProcess, deadlineMs = 60_000): Promise<void> {
  const until = performance.now() + deadlineMs;
  while (performance.now() < until) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    const isReady = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (isReady) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
  throw new Error(`not ready after ${deadlineMs} ms`);
}

/** The environment of a server with its models and data in a folder of its own. */
export function serverEnvironment(folder: string, port: number): NodeJS.ProcessEnv {
  return { ...process.env, ...serverSettings(folder, port) };
}

/** What of it is not this process's own. */
export function serverSettings(folder: string, port: number): Record<string, string> {
  return {
    NODE_ENV: 'production',
    GLIMPSE_HOST: '127.0.0.1',
    GLIMPSE_PORT: String(port),
    GLIMPSE_REPOSITORY: join(folder, 'models'),
    GLIMPSE_DATA_DIR: join(folder, 'data'),
    GLIMPSE_DRAIN_DELAY_MS: '0',
  };
}

/** The built server, or one built elsewhere, on a copy of the shipped models and a working folder that vanishes with it. */
export async function startGlimpse(
  environment: Record<string, string> = {},
  program = join(root, 'dist', 'main.js'),
): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), 'glimpse-bench-'));
  await cp(join(root, 'models'), join(folder, 'models'), { recursive: true });
  const port = await freePort();
  const started = performance.now();
  const child = spawn(process.execPath, [program], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...serverEnvironment(folder, port),
      ...environment,
    },
  });
  await untilReady(port, child);
  return {
    port,
    pid: child.pid!,
    readyMs: performance.now() - started,
    async stop() {
      await stop(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The bare server, answering `bytes` of JSON to every body. */
export function startBare(bytes: number): Promise<Running> {
  return startBeside('bare-server.ts', String(bytes));
}

/** The server that refuses everything. */
export function startRefusing(): Promise<Running> {
  return startBeside('refusing-server.ts');
}

/** A program of this folder that writes its port when it listens. */
async function startBeside(program: string, ...args: string[]): Promise<Running> {
  const started = performance.now();
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(import.meta.dirname, program), ...args],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return {
    port: Number(line.replace('port ', '')),
    pid: child.pid!,
    readyMs: performance.now() - started,
    stop: () => stop(child),
  };
}

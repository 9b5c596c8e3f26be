import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/package.ts';
import { putFirst } from './observe.ts';
import { pause } from './wire.ts';
import { addCallers, createIssuer, type Callers } from './callers.ts';
import { copyFirstVersion } from '../first-version.ts';

const MiB = 1024 * 1024;

/** The memory that the attacked server is told to keep to, and that its processes are measured against. */
export const memoryBudgetBytes = 512 * MiB;
const heapMiB = 256;

export interface OwnServerOptions {
  readonly settings?: Readonly<Record<string, string>>;
  /** Without keys, only callers of this machine may do more than predict. */
  readonly hasKeys?: boolean;
  /** What happens to its folder before it starts. */
  readonly prepare?: (folder: string) => Promise<void>;
  /** The folder of a server that has ended, to start again in. */
  readonly folder?: string;
  /** Resolves when it listens, whether or not it is ready. */
  readonly isReadyAwaited?: boolean;
}

/** The built program as a child process on the loopback, with a folder of its own for everything it keeps. */
export interface OwnServer {
  readonly url: string;
  readonly pid: number;
  readonly folder: string;
  readonly callers: Callers;
  /** Log lines so far, how many bytes they had, and the last of them. */
  log(): { readonly lines: number; readonly bytes: number; readonly tail: readonly string[] };
  isAlive(): boolean;
  /** Resolves with the exit code or signal. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  kill(signal: NodeJS.Signals): void;
  /** Ends it, and removes its folder. */
  stop(): Promise<void>;
}

export async function startOwnServer(options: OwnServerOptions = {}): Promise<OwnServer> {
  const folder = options.folder ?? (await makeFolder());
  await options.prepare?.(folder);
  const issuer = await createIssuer();
  const keysFile = join(folder, 'keys.json');
  const { callers } = await addCallers(keysFile, issuer);
  await writeFile(join(folder, 'jwks.json'), issuer.jwks);
  const logFile = join(folder, 'server.log');
  const log = openSync(logFile, 'a');
  const child = spawn(
    process.execPath,
    [`--max-old-space-size=${heapMiB}`, join(packageRoot, 'dist', 'main.js')],
    {
      cwd: folder,
      stdio: ['ignore', log, log],
      env: {
        ...Object.fromEntries(
          Object.entries(process.env).filter(([name]) => !name.startsWith('GLIMPSE_')),
        ),
        ...settingsOf(folder),
        ...(options.hasKeys !== false && {
          GLIMPSE_KEYS_FILE: keysFile,
          GLIMPSE_JWT_ISSUER: issuer.url,
          GLIMPSE_JWT_JWKS: join(folder, 'jwks.json'),
          GLIMPSE_JWT_SCOPES: '{"readers": ["read"], "nobodies": []}',
        }),
        ...options.settings,
      },
    },
  );
  // However this program ends, nothing of it stays.
  const leaveNothing = (): void => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  process.once('exit', leaveNothing);
  putFirst(child.pid);
  const server = { ...follow(child, logFile, fstatSync(log).size), folder, callers };
  closeSync(log);
  const url = await server.listening();
  if (options.isReadyAwaited !== false) await untilReady(url, server.isAlive);
  return {
    ...server,
    url,
    pid: child.pid!,
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 8_000);
      await server.ended;
      clearTimeout(timer);
      process.off('exit', leaveNothing);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'glimpse-attack-'));
  await mkdir(join(folder, 'datasets'), { recursive: true });
  await copyFirstVersion(join(folder, 'models'));
  return folder;
}

function settingsOf(folder: string): Record<string, string> {
  return {
    GLIMPSE_HOST: '127.0.0.1',
    GLIMPSE_PORT: '0',
    GLIMPSE_REPOSITORY: join(folder, 'models'),
    GLIMPSE_DATA_DIR: join(folder, 'data'),
    GLIMPSE_DATASET_ROOT: join(folder, 'datasets'),
    GLIMPSE_POLL_INTERVAL_MS: '1000',
    GLIMPSE_RESCAN_INTERVAL_MS: '1500',
    GLIMPSE_DRAIN_DELAY_MS: '0',
    GLIMPSE_SHUTDOWN_GRACE_MS: '5000',
    GLIMPSE_MEMORY_BUDGET_BYTES: String(memoryBudgetBytes),
    GLIMPSE_OPEN_TIMEOUT_MS: '8000',
    GLIMPSE_BATCH_TIMEOUT_MS: '5000',
    GLIMPSE_CELL_MEMORY_BYTES: String(memoryBudgetBytes),
    GLIMPSE_CORS_ORIGINS: 'https://app.example',
    GLIMPSE_DATASET_URIS: 's3://allowed/data',
  };
}

/** Follows a server whose log goes into a file: a pipe would be read by a process that is busy attacking. */
function follow(child: ChildProcess, logFile: string, firstByte: number) {
  let hasEnded = false;
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => {
      hasEnded = true;
      resolve(code ?? signal);
    });
  });
  const logText = (): string => readFileSync(logFile).subarray(firstByte).toString();
  return {
    ended,
    isAlive: () => !hasEnded,
    kill: (signal: NodeJS.Signals) => void child.kill(signal),
    log: () => {
      const text = logText();
      const lines = text.split('\n');
      return { lines: lines.length - 1, bytes: text.length, tail: lines.slice(-200) };
    },
    async listening(): Promise<string> {
      for (;;) {
        const address = /listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(logText())?.[1];
        if (address !== undefined) return address;
        if (hasEnded) throw new Error(`the server ended: ${logText().slice(-500)}`);
        await pause(50);
      }
    },
  };
}

async function untilReady(url: string, isAlive: () => boolean): Promise<void> {
  const until = Date.now() + 60_000;
  while (isAlive() && Date.now() < until) {
    const isReady = await fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return;
    await pause(100);
  }
  throw new Error('the server did not become ready within a minute');
}

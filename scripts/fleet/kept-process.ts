import { execFileSync, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRecord } from '../../src/json.ts';

/** A process that is started again whenever it ends, as an orchestrator would. */
export interface Kept {
  readonly name: string;
  readonly port: number;
  /** Resolves when it answers over HTTP. */
  answers(): Promise<void>;
  post(path: string, body: object, key?: string, prefer?: string): Promise<JobAnswer>;
  get(path: string): Promise<unknown>;
  /** SIGKILL; says what was killed. */
  kill(): string;
  /** The same to a process that it has started: an attempt at a job. */
  killChild(): string;
  stop(): void;
}

/** The job of an answer, if it has one. */
export interface JobAnswer {
  readonly id?: string;
  readonly createdAt?: string;
  readonly startedAt?: string;
}

const kindOf = (name: string): string => name.replace(/-\d+$/, '');

/** Starts it, and keeps it. */
export async function startKept(
  name: string,
  port: number,
  start: () => ChildProcess,
): Promise<Kept> {
  let isStopped = false;
  let child: ChildProcess;
  const begin = (): void => {
    child = start();
    child.stdout?.resume();
    let errors = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text));
    child.on('exit', (code) => {
      if (code !== null && !isStopped) console.error(`${name} ended with ${code}: ${errors}`);
      if (!isStopped) void sleep(500).then(() => isStopped || begin());
    });
  };
  begin();
  const call = async (path: string, init: RequestInit = {}): Promise<unknown> => {
    const signal = AbortSignal.timeout(70_000);
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { ...init, signal });
    return response.json();
  };
  return {
    name,
    port,
    async answers() {
      for (let tries = 0; ; tries += 1) {
        if (await call('/livez').catch(() => undefined)) return;
        if (tries > 600) throw new Error(`${name} does not answer`);
        await sleep(100);
      }
    },
    async post(path, body, key, prefer) {
      const headers = {
        'content-type': 'application/json',
        ...(key !== undefined && { 'idempotency-key': key }),
        ...(prefer !== undefined && { prefer }),
      };
      const answer = await call(path, { method: 'POST', headers, body: JSON.stringify(body) });
      return isRecord(answer) ? answer : {};
    },
    get: (path) => call(path),
    kill() {
      child.kill('SIGKILL');
      return `${kindOf(name)} killed`;
    },
    killChild() {
      const [pid] = childrenOf(child.pid);
      if (pid === undefined) return 'no attempt to kill';
      process.kill(pid, 'SIGKILL');
      return 'attempt killed';
    },
    stop() {
      isStopped = true;
      child.kill('SIGKILL');
    },
  };
}

function childrenOf(pid = 0): number[] {
  try {
    const listed = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
    return listed.split('\n').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** A port that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

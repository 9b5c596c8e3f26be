import { readFile } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { entryBeside } from '../../src/entry.ts';
import { startThread } from '../../src/threads.ts';
import type { Target } from './case.ts';

/** Another address of the loopback: another caller than 127.0.0.1. */
export const otherAddress = '127.0.0.2';

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
  readonly ms: number;
}

/** One request; a status of 0 is a connection that broke. */
export function send(
  { port }: Target,
  path: string,
  options: {
    readonly type?: string;
    readonly body?: Buffer;
    readonly from?: string;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): Promise<Answer> {
  const { type, body, from = '127.0.0.1', headers = {} } = options;
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const broken = (): void =>
      resolve({ status: 0, body: '', headers: {}, ms: performance.now() - startedAt });
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path,
        localAddress: from,
        agent: false,
        method: body ? 'POST' : 'GET',
        headers: {
          ...headers,
          ...(type !== undefined && { 'content-type': type }),
          ...(body && { 'content-length': body.length }),
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        response.on('error', broken).on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            body: text,
            headers: response.headers,
            ms: performance.now() - startedAt,
          }),
        );
      },
    );
    sent.on('error', broken);
    sent.end(body);
  });
}

/** What a watched server did. */
export interface Seen {
  readonly livezSlowestMs: number;
  readonly livezFailures: number;
  readonly residentMostMiB: number;
}

/** Asks /livez every few milliseconds and looks at the memory of the process until it is stopped. */
export function watchServer({ port, pid }: Target): { stop(): Promise<Seen> } {
  const thread = startThread<Target | 'stop', Seen>(entryBeside(import.meta.url, 'livez-worker'), {
    does: 'watches the server',
  });
  const watching = thread.ask({ port, pid });
  return {
    async stop() {
      await thread.ask('stop');
      const seen = await watching;
      await thread.close();
      return seen;
    },
  };
}

/** 0 for a process that is gone. */
export async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

/** How many answers there were of each status. */
export function statuses(answers: readonly Answer[]): string {
  const counts = new Map<number, number>();
  for (const { status } of answers) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${count} x ${status}`).join(', ');
}

import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { pino } from 'pino';
import { composeServer } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import type { Bench } from './case.ts';

export interface Answer {
  readonly status: number;
  readonly version: number | undefined;
  readonly isStale: boolean;
  readonly body: unknown;
}

export interface AskOptions {
  readonly path?: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Leaves after so many milliseconds. */
  readonly leaveAfterMs?: number | undefined;
}

/** How long nothing may be heard before a request counts as hanging. */
const hangingMs = 30_000;

/** A whole server in this process on a repository behind the proxy, and connections to it. */
export async function openServer(
  bench: Bench,
  uri: string,
  settings: Readonly<Record<string, string>> = {},
) {
  const config = readConfig({
    GLIMPSE_REPOSITORY: uri,
    GLIMPSE_S3_ENDPOINT: bench.proxy.endpoint,
    GLIMPSE_DATA_DIR: join(bench.folder, 'data'),
    GLIMPSE_POLL_INTERVAL_MS: '1000',
    GLIMPSE_START_WAIT_MS: '2000',
    GLIMPSE_S3_REQUEST_TIMEOUT_MS: '2000',
    GLIMPSE_S3_SOCKET_TIMEOUT_MS: '2000',
    GLIMPSE_CANONICALISE_THREADS: '1',
    GLIMPSE_TRUSTED_MODELS: '*',
    ...settings,
  });
  const server = await composeServer(config, pino({ level: 'silent' }));
  const url = new URL(await server.app.listen({ host: '127.0.0.1', port: 0 }));
  await server.start();
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  return {
    ask: (body: Uint8Array, options: AskOptions = {}) => ask(url, agent, body, options),
    async stop(): Promise<void> {
      await server.stop();
      agent.destroy();
    },
  };
}

/** Asks for a prediction; undefined when it left before its answer. Rejects when it hangs, or its connection breaks. */
function ask(
  url: URL,
  agent: Agent,
  body: Uint8Array,
  { path = '/predict', type = 'image/png', headers = {}, leaveAfterMs }: AskOptions,
): Promise<Answer | undefined> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      agent,
      hostname: url.hostname,
      port: url.port,
      path,
      method: 'POST',
      headers: { 'content-type': type, 'content-length': body.length, ...headers },
    });
    let hasLeft = false;
    const leaving =
      leaveAfterMs === undefined
        ? undefined
        : setTimeout(() => {
            hasLeft = true;
            outgoing.destroy();
            resolve(undefined);
          }, leaveAfterMs);
    const hanging = setTimeout(() => {
      outgoing.destroy();
      reject(new Error('hangs'));
    }, hangingMs);
    const end = (): void => {
      clearTimeout(leaving);
      clearTimeout(hanging);
    };
    outgoing.on('error', (error) => {
      end();
      if (!hasLeft) reject(error);
    });
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        end();
        const parsed = JSON.parse(Buffer.concat(chunks).toString()) as { version?: number };
        resolve({
          status: response.statusCode ?? 0,
          version: parsed.version,
          isStale: response.headers['glimpse-stale'] !== undefined,
          body: parsed,
        });
      });
    });
    outgoing.end(body);
  });
}

import { request, type Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';

/** The addresses that attackers and others come from, all of this machine: budgets by address tell them apart. */
const attackerAddress = process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1';
export const neighbourAddress = process.platform === 'linux' ? '127.0.0.3' : '127.0.0.1';

/** The origin of a server on this machine; undefined for any other: nobody else's is attacked. */
export function loopbackOrigin(text: string): string | undefined {
  const { protocol, hostname, origin } = new URL(text);
  const isLoopback =
    hostname === 'localhost' || /^127(?:\.\d+){3}$/.test(hostname) || hostname === '[::1]';
  return protocol === 'http:' && isLoopback ? origin : undefined;
}

export interface Call {
  readonly method?: string;
  /** Sent as it stands, without being normalised. */
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders | undefined;
  readonly body?: string | Uint8Array | undefined;
  readonly from?: string;
  readonly timeoutMs?: number;
  readonly agent?: Agent;
}

export interface Response {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The code of an error response. */
  readonly code: string | undefined;
}

/** Status 0: no response came, because the connection was cut or the time was up. */
const noResponse: Response = { status: 0, headers: {}, text: '', code: undefined };

/** Sends one request and resolves with what came back, whatever it was. */
export function send(url: string, call: Call): Promise<Response> {
  const { hostname, port } = new URL(url);
  const { method = 'GET', path, headers, body, from = attackerAddress, timeoutMs = 20_000 } = call;
  return new Promise((resolve) => {
    const outgoing = request(
      {
        hostname,
        port,
        method,
        path,
        agent: call.agent ?? false,
        headers: {
          ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
          ...headers,
        },
        ...(isIPv4Loopback(hostname) && { localAddress: from }),
        signal: AbortSignal.timeout(timeoutMs),
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        const finish = (): void => {
          const text = Buffer.concat(chunks).toString();
          const { statusCode: status = 0, headers } = incoming;
          resolve({ status, headers, text, code: codeOf(text) });
        };
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', finish).on('error', finish);
      },
    );
    outgoing.on('error', () => resolve(noResponse));
    outgoing.end(body);
  });
}

/** Sends text as it stands, and resolves with the first response; the connection is then cut. */
export async function sendText(url: string, text: string): Promise<Response> {
  const socket = await openSocket(url);
  if (!socket) return noResponse;
  const answer = await new Promise<string>((resolve) => {
    let received = '';
    const look = (chunk: Buffer): void => {
      received += chunk.toString('latin1');
      if (received.includes('\r\n\r\n') && !received.endsWith('\r\n\r\n')) resolve(received);
    };
    socket.on('data', look).once('close', () => resolve(received));
    socket.setTimeout(5_000, () => resolve(received));
    socket.write(text);
  });
  socket.destroy();
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0);
  return { status, headers: {}, text: answer, code: codeOf(answer) };
}

/** A TCP connection of the attacker; errors of it are nobody's matter. */
export function openSocket(url: string, from = attackerAddress): Promise<Socket | undefined> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({
      host: hostname,
      port: Number(port),
      ...(isIPv4Loopback(hostname) && { localAddress: from }),
    });
    socket.on('error', () => resolve(undefined));
    socket.once('connect', () => resolve(socket));
  });
}

export function json(value: unknown): { headers: OutgoingHttpHeaders; body: string } {
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

/** The call with these headers besides its own. */
export const withHeaders = (call: Call, headers: Call['headers']): Call => ({
  ...call,
  headers: { ...call.headers, ...headers },
});
export const bearer = (text: string): Call['headers'] => ({ authorization: `Bearer ${text}` });
export const apiKey = (text: string): Call['headers'] => ({ 'x-api-key': text });

export async function metricsText(url: string): Promise<string> {
  return (await send(url, { path: '/metrics', from: neighbourAddress })).text;
}

/** glimpse_errors_total by code. */
export function errorsByCode(metrics: string): Map<string, number> {
  const lines = metrics.matchAll(/^glimpse_errors_total\{code="(\w+)"\} (\d+)/gm);
  return new Map([...lines].map(([, code, count]) => [code!, Number(count)]));
}

/** The value of a series without labels. */
export function gauge(metrics: string, name: string): number {
  return Number(new RegExp(`^${name} (\\S+)`, 'm').exec(metrics)?.[1] ?? Number.NaN);
}

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

/** Statuses with how often each came: "3x200 5x429". */
export function countStatuses(responses: readonly { readonly status: number }[]): string {
  const counts = new Map<number, number>();
  for (const { status } of responses) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([status, count]) => `${count}x${status || 'cut'}`)
    .join(' ');
}

const isIPv4Loopback = (host: string): boolean => host === 'localhost' || host.startsWith('127.');

function codeOf(text: string): string | undefined {
  return /"code":"(GLIMPSE_\w+)"/.exec(text)?.[1];
}

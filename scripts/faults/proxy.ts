import { createServer, request as forward, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Random } from '../../src/random.ts';
import type { S3Answer } from '../../test/support/s3/exchange.ts';
import { Faults, send, type Effect, type Fault } from '../../test/support/s3/faults.ts';
import { errorXml } from '../../test/support/s3/xml.ts';

/** Stands between a client and any S3 server, passes on what is signed as it is, and breaks what it is told to break. */
export interface FaultProxy {
  readonly endpoint: string;
  /** Every call since the start: "METHOD /bucket/key?query". */
  readonly calls: string[];
  fault(fault: Fault): void;
  /** From now on this share of the calls has one of these effects, drawn by `random`. */
  storm(share: number, effects: readonly Effect[], random: Random): void;
  /** Listings are answered as they were up to so long ago. */
  lagListings(ms: number): void;
  /** Nothing answers any more, until it is brought up. */
  down(): void;
  /** No fault any more. */
  clear(): void;
  close(): Promise<void>;
}

const nothing = (): Effect | undefined => undefined;

/** A proxy in front of the server at `target`. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const faults = new Faults();
  const calls: string[] = [];
  const listings = new Map<string, { readonly answer: S3Answer; readonly at: number }>();
  let drawn = nothing;
  let lagMs = 0;

  const answerTo = async (incoming: IncomingMessage, effect: Effect | undefined) => {
    if (effect?.kind === 'page') return { status: effect.status, headers: page, body: '<html>' };
    if (effect?.kind === 'refuse') return refusal(effect);
    const { method = '', url = '' } = incoming;
    const isListing = method === 'GET' && url.includes('list-type=2');
    const before = listings.get(url);
    if (isListing && before && Date.now() - before.at < lagMs) return before.answer;
    const answer = await pass(incoming, target);
    if (isListing) listings.set(url, { answer, at: Date.now() });
    return answer;
  };
  const server = createServer((incoming, response) => {
    const { method = '', url = '' } = incoming;
    calls.push(`${method} ${url}`);
    const effect = faults.take(method, url) ?? drawn();
    if (effect?.kind === 'reset') {
      response.destroy();
      return;
    }
    response.on('error', () => {});
    void answerTo(incoming, effect).then(
      (answer) => send(response, answer, effect),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    calls,
    fault: (fault) => faults.add(fault),
    storm(share, effects, random) {
      drawn = () => (random.next() < share ? effects[random.integer(effects.length)] : undefined);
    },
    lagListings(ms) {
      lagMs = ms;
    },
    down() {
      drawn = () => ({ kind: 'reset' });
    },
    clear() {
      faults.clear();
      drawn = nothing;
      lagMs = 0;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const page = { 'content-type': 'text/html' };

function refusal({ status, code, headers }: Extract<Effect, { kind: 'refuse' }>): S3Answer {
  return {
    status,
    headers: { 'content-type': 'application/xml', 'x-amz-request-id': 'fault', ...headers },
    body: errorXml(code, code, 'fault'),
  };
}

/** Sends a request on with every header as it was signed, and reads the whole answer. */
async function pass(incoming: IncomingMessage, target: string): Promise<S3Answer> {
  const { hostname, port } = new URL(target);
  const { method, url, headers } = incoming;
  const outgoing = forward({ hostname, port, method, path: url, headers });
  incoming.pipe(outgoing);
  const answered = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.on('response', resolve).on('error', reject);
  });
  const chunks: Buffer[] = [];
  for await (const chunk of answered as AsyncIterable<Buffer>) chunks.push(chunk);
  const kept = Object.entries(answered.headers).flatMap(([name, value]) =>
    typeof value === 'string' && name !== 'transfer-encoding' && name !== 'connection'
      ? [[name, value] as const]
      : [],
  );
  return {
    status: answered.statusCode ?? 500,
    headers: Object.fromEntries(kept),
    body: Buffer.concat(chunks),
  };
}

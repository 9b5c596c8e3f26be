import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { arrive } from '../../bench/arrivals.ts';
import { requestBytes } from '../../bench/load.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** Answers what `answer` says for the request of this number. */
async function listen(answer: (asked: number) => { status: number; afterMs: number }) {
  let asked = 0;
  let waiting = 0;
  let mostWaiting = 0;
  const server = createServer((request, response) => {
    request.resume();
    asked += 1;
    waiting += 1;
    mostWaiting = Math.max(mostWaiting, waiting);
    const { status, afterMs } = answer(asked);
    setTimeout(() => {
      waiting -= 1;
      response.writeHead(status, { 'content-length': 0 }).end();
    }, afterMs);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  closers.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { target: { port, pid: process.pid }, seen: () => ({ asked, mostWaiting }) };
}

const request = requestBytes('/', 'text/plain', Buffer.from('x'));

describe('requests at a fixed rate', () => {
  it('are sent whether or not those before them were answered', async () => {
    const { target, seen } = await listen(() => ({ status: 200, afterMs: 150 }));
    const found = await arrive(target, request, { perSecond: 200, count: 20 });
    expect(found.answers).toBe(20);
    expect(seen().asked).toBe(20);
    expect(seen().mostWaiting).toBeGreaterThan(10);
    expect(found.p50Ms).toBeGreaterThanOrEqual(149);
  });

  it('count one slow answer as one, not as many', async () => {
    const { target } = await listen((asked) => ({ status: 200, afterMs: asked === 5 ? 400 : 0 }));
    const found = await arrive(target, request, { perSecond: 200, count: 40 });
    expect(found.maxMs).toBeGreaterThanOrEqual(399);
    expect(found.p50Ms).toBeLessThan(found.maxMs);
  });

  it('count every refusal', async () => {
    const { target } = await listen((asked) => ({
      status: asked % 4 === 0 ? 429 : 200,
      afterMs: 0,
    }));
    const found = await arrive(target, request, { perSecond: 500, count: 20 });
    expect(found.refused).toBe(5);
  });
});

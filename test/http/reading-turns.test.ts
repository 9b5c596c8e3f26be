import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { ReadingTurns, takePiece } from '../../src/http/connections/reading-turns.ts';
import { WaitingConnections } from '../../src/http/connections/waiting-connections.ts';

const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(
    servers.splice(0).map((server) => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    }),
  );
});

async function listen(listener: RequestListener): Promise<number> {
  const turns = new ReadingTurns();
  const server = createServer((request, response) => {
    if (request.url === '/ahead') turns.takeAhead();
    listener(request, response);
  });
  servers.push(server);
  turns.follow(server, 'connection');
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A connection that the server has accepted. */
async function open(port: number, localAddress: string): Promise<Socket> {
  const accepted = once(servers.at(-1)!, 'connection');
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  sockets.push(socket.on('error', () => {}));
  await Promise.all([accepted, once(socket, 'connect')]);
  return socket;
}

/** What comes back until it holds `end`. */
function until(socket: Socket, end: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.setEncoding('latin1').on('data', (piece: string) => {
      text += piece;
      if (text.includes(end)) resolve(text);
    });
  });
}

const requestFor = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;

function compute(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

const countIn = async (text: Promise<string>): Promise<number> =>
  Number(/\[(\d+)\]/.exec(await text)![1]);

/** Connections of one address that send a hundred requests each at the same moment, each worth 0.1 ms of computing. */
async function crowded(
  size: number,
  others: (...call: [...Parameters<RequestListener>, handled: number]) => void,
) {
  let handled = 0;
  const port = await listen((request, response) => {
    if (request.url !== '/ahead') return others(request, response, handled);
    handled += 1;
    compute(0.1);
    response.end();
  });
  const crowd: Socket[] = [];
  while (crowd.length < size) crowd.push(await open(port, '127.0.0.2'));
  return {
    port,
    handled: () => handled,
    rush: (): void => {
      for (const socket of crowd) socket.resume().write(requestFor('/ahead').repeat(100));
    },
  };
}

describe('a server that reads in turns', () => {
  it('answers another address amid forty connections that sent a hundred requests each', async () => {
    const { port, handled, rush } = await crowded(40, (_request, response, handled) =>
      response.end(`[${handled}]`),
    );
    const other = await open(port, '127.0.0.1');
    const answer = until(other, ']');
    rush();
    other.write(requestFor('/other'));
    expect(await countIn(answer)).toBeLessThan(1_000);
    expect(handled()).toBeLessThan(4_000);
  });

  it('accepts who connects after sixty that send a hundred requests each at once', async () => {
    const { port } = await crowded(0, (_request, response, handled) =>
      response.end(`[${handled}]`),
    );
    const rush = requestFor('/ahead').repeat(100);
    for (let each = 0; each < 60; each += 1) {
      const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' });
      sockets.push(socket.on('error', () => {}).resume());
      socket.write(rush);
    }
    const last = connect({ port, host: '127.0.0.1' });
    sockets.push(last.on('error', () => {}));
    const answer = until(last, ']');
    last.write(requestFor('/last'));
    expect(await countIn(answer)).toBeLessThan(3_000);
  });

  it('answers who connects amid them, from the same address too', async () => {
    const { port, rush } = await crowded(40, (_request, response, handled) =>
      response.end(`[${handled}]`),
    );
    rush();
    const late = await open(port, '127.0.0.2');
    const answer = until(late, ']');
    late.write(requestFor('/late'));
    expect(await countIn(answer)).toBeLessThan(1_500);
  });

  it('answers everything in the end, and takes in a large body of another unchanged', async () => {
    const pieces: Buffer[] = [];
    const { port, handled, rush } = await crowded(10, (request, response) => {
      request.on('data', (piece: Buffer) => {
        pieces.push(piece);
        compute(0.2);
        takePiece(request);
      });
      request.on('end', () => response.end('[ok]'));
    });
    const body = Buffer.from(Array.from({ length: 1_000_000 }, (_, at) => at % 251));
    const other = await open(port, '127.0.0.1');
    const answer = until(other, '[ok]');
    rush();
    other.write(`POST /body HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n`);
    other.write(body);
    await answer;
    expect(Buffer.concat(pieces).equals(body)).toBe(true);
    await expect.poll(handled, { timeout: 20_000 }).toBe(1_000);
  });

  it('reads nothing more of a body that its reader has stopped', async () => {
    let stopped: IncomingMessage | undefined;
    const { port, handled, rush } = await crowded(10, (request) => {
      stopped = request;
    });
    const other = await open(port, '127.0.0.1');
    other.write('POST /body HTTP/1.1\r\nhost: x\r\ncontent-length: 20000000\r\n\r\n');
    other.write(Buffer.alloc(10_000_000));
    await expect.poll(() => stopped?.readableLength ?? 0).toBeGreaterThan(0);
    await delay(5);
    const { readableLength } = stopped!;
    rush();
    await expect.poll(handled, { timeout: 20_000 }).toBe(1_000);
    expect(stopped!.readableLength).toBe(readableLength);
  });
});

const waiting = (...names: string[]) => {
  const queue = new WaitingConnections<{ network: string; name: string }>();
  for (const name of names) queue.push({ network: name[0]!, name });
  return queue;
};
const drain = (queue: ReturnType<typeof waiting>): string[] =>
  Array.from({ length: queue.size }, () => queue.take()!.name);

describe('connections that wait to be read', () => {
  it('of one address are taken from both ends in turn', () => {
    expect(drain(waiting('a1', 'a2', 'a3', 'a4', 'a5'))).toEqual(['a5', 'a1', 'a4', 'a2', 'a3']);
  });

  it('of several addresses are taken one of each in turn', () => {
    const queue = waiting('a1', 'a2', 'a3', 'b1', 'c1', 'c2');
    expect(drain(queue).map((name) => name[0])).toEqual(['a', 'b', 'c', 'a', 'c', 'a']);
    expect([queue.size, queue.take()]).toEqual([0, undefined]);
  });
});

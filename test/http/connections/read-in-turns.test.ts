import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { trackPendingResponses } from '../../../src/http/connections/pending-responses.ts';
import { readInTurns, type ReadOptions } from '../../../src/http/connections/read-in-turns.ts';

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

async function listen(
  listener: RequestListener,
  options: Pick<ReadOptions, 'maxAheadBytes' | 'onDrop'> = { onDrop() {} },
): Promise<number> {
  const server = createServer(listener);
  servers.push(server);
  trackPendingResponses(server);
  readInTurns(server, { event: 'connection', ...options });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const countOpen = (): Promise<number> =>
  new Promise((resolve) => servers[0]!.getConnections((_error, count) => resolve(count)));

async function open(port: number, localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress, noDelay: true });
  sockets.push(socket.on('error', () => {}));
  await once(socket, 'connect');
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
    socket.on('close', () => resolve(text));
  });
}

/** Tells the method, the path and the body of every request. */
const echo: RequestListener = (request, response) => {
  let body = '';
  request.setEncoding('latin1').on('data', (piece: string) => (body += piece));
  request.on('end', () => response.end(`[${request.method} ${request.url} ${body}]`));
};
const echoes = (text: string): string[] => text.match(/\[[^\]]*\]/gs) ?? [];

const stream = [
  'GET /a HTTP/1.1\r\nhost: x\r\n\r\n',
  'POST /b HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n\r\n\r\na\r\n\r\n',
  'POST /c HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n4\r\n\r\n\r\n\r\n0\r\n\r\n',
  '\r\nGET /d HTTP/1.1\r\nhost: x\r\n\r\n',
  'GET /last HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
].join('');
const echoed = ['[GET /a ]', '[POST /b \r\n\r\na\r\n\r\n]', '[POST /c ab\r\n\r\n]', '[GET /d ]'];

describe('a server that reads in turns', () => {
  it('reads the same requests and bodies wherever a packet ends', async () => {
    const port = await listen(echo);
    const cuts = Array.from({ length: stream.length - 1 }, (_, at) => at + 1);
    const answers = cuts.map(async (cut) => {
      const socket = await open(port);
      socket.write(stream.slice(0, cut));
      setTimeout(() => socket.write(stream.slice(cut)), 5);
      return echoes(await until(socket, '/last'));
    });
    for (const answer of await Promise.all(answers)) {
      expect(answer).toEqual([...echoed, '[GET /last ]']);
    }
  }, 30_000);

  it('takes in a large body unchanged, in front of and behind others', async () => {
    const port = await listen(echo);
    const body = 'GET / HTTP/1.1\r\n\r\n'.repeat(100_000);
    const socket = await open(port);
    const answers = until(socket, '/last');
    socket.write(
      `GET /a HTTP/1.1\r\nhost: x\r\n\r\nPOST /b HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}GET /last HTTP/1.1\r\nhost: x\r\n\r\n`,
    );
    expect(echoes(await answers)).toEqual(['[GET /a ]', `[POST /b ${body}]`, '[GET /last ]']);
  });

  it('parses requests of another address, and probes, amid thousands sent ahead', async () => {
    let handled = 0;
    const port = await listen((request, response) => {
      handled += 1;
      const until = performance.now() + 1;
      while (request.url === '/ahead' && performance.now() < until);
      response.end(`[${request.url} ${handled}]`);
    });
    const ahead = 'GET /ahead HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(500);
    const floods = await Promise.all(Array.from({ length: 40 }, () => open(port, '127.0.0.2')));
    for (const flood of floods) flood.resume().write(ahead);
    await expect.poll(() => handled, { timeout: 20_000 }).toBeGreaterThan(100);
    for (const [path, address] of [
      ['/other', '127.0.0.1'],
      ['/livez', '127.0.0.2'],
    ] as const) {
      const before = handled;
      const socket = await open(port, address);
      const answer = until(socket, ']');
      socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
      const [at] = /\d+(?=\]$)/.exec(await answer)!;
      expect(Number(at) - before).toBeLessThan(500);
    }
    expect(handled).toBeLessThan(10_000);
  }, 30_000);

  it('makes no response for a client that does not read the one before, and goes on when it does', async () => {
    let handled = 0;
    const page = Buffer.alloc(20_000_000, 'x');
    const port = await listen((_request, response) => {
      handled += 1;
      response.end(page);
    });
    const socket = await open(port);
    socket.pause().write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(3));
    await expect.poll(() => handled).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(handled).toBe(1);
    let bytes = 0;
    socket.on('data', (chunk: Buffer) => (bytes += chunk.length)).resume();
    await expect.poll(() => bytes, { timeout: 20_000 }).toBeGreaterThan(3 * page.length);
    expect(handled).toBe(3);
  }, 30_000);

  it('refuses what is malformed behind what is right, and parses nothing behind it', async () => {
    const seen: string[] = [];
    const port = await listen((request, response) => {
      seen.push(request.url!);
      response.end('[ok]');
    });
    const socket = await open(port);
    const answers = until(socket, 'never');
    socket.write(
      'GET /a HTTP/1.1\r\nhost: x\r\n\r\nnonsense\r\n\r\nGET /b HTTP/1.1\r\nhost: x\r\n\r\n',
    );
    expect(await answers).toMatch(/200 OK.*\[ok\].*400 Bad Request/s);
    expect(seen).toEqual(['/a']);
  });

  it('closes the connection that sends more ahead when too many bytes wait in all, and no other', async () => {
    let dropped = 0;
    let handled = 0;
    const options = { maxAheadBytes: 40_000, onDrop: () => (dropped += 1) };
    const port = await listen(() => (handled += 1), options);
    const request = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';
    const small = await Promise.all(Array.from({ length: 10 }, () => open(port)));
    for (const socket of small) socket.resume().write(request.repeat(100));
    await expect.poll(() => handled, { timeout: 10_000 }).toBe(40);
    const large = await open(port);
    large.resume().write(request.repeat(6_000));
    // The first of its requests was its turn.
    await new Promise((resolve) => large.once('close', resolve));
    expect(dropped).toBe(1);
    expect(small.filter((socket) => socket.destroyed)).toEqual([]);
    // Those that are gone are noticed although nothing of them is read, and count no longer.
    for (const socket of small) socket.destroy();
    await expect.poll(countOpen, { timeout: 10_000 }).toBe(0);
    const others = await Promise.all(Array.from({ length: 10 }, () => open(port)));
    for (const socket of others) socket.resume().write(request.repeat(100));
    await expect.poll(() => handled, { timeout: 10_000 }).toBe(40 + 1 + 40);
    expect(dropped).toBe(1);
  });
});

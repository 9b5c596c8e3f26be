import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ask, connectAnswers, load, requestBytes } from '../../bench/load.ts';
import { startBare } from '../../bench/processes.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function listen(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

describe('the load generator', () => {
  it('sends the whole body and reads the whole answer', async () => {
    const port = await listen(
      createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const answer = `${request.url} ${request.headers['content-type']} ${Buffer.concat(chunks).toString()}`;
          response.writeHead(200, { 'content-length': answer.length }).end(answer);
        });
      }),
    );
    const answer = await ask(port, requestBytes('/predict', 'text/plain', Buffer.from('hello')));
    expect(answer.body.toString()).toBe('/predict text/plain hello');
  });

  it('puts together an answer that comes in pieces', async () => {
    const port = await listen(
      createTcpServer((socket) => {
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\nConte');
          setTimeout(() => socket.write('nt-Length: 4\r\n\r\nab'), 10);
          setTimeout(() => socket.write('cd'), 20);
        });
      }),
    );
    const answer = await ask(port, requestBytes('/', 'text/plain', Buffer.from('x')));
    expect(answer).toEqual({ status: 200, body: Buffer.from('abcd') });
  });

  it('counts every refusal', async () => {
    let asked = 0;
    const port = await listen(
      createServer((request, response) => {
        request.resume();
        asked += 1;
        response.writeHead(asked % 2 === 0 ? 429 : 200, { 'content-length': 0 }).end();
      }),
    );
    const found = await load(
      { port, pid: process.pid },
      requestBytes('/', 'text/plain', Buffer.from('x')),
      2,
      0.2,
    );
    expect(found.answers).toBe(asked);
    expect(found.refused).toBe(Math.floor(asked / 2));
    expect(found.p99Ms).toBeGreaterThanOrEqual(found.p50Ms);
  });

  it('fails loudly when the server goes away', async () => {
    const port = await listen(createTcpServer((socket) => socket.destroy()));
    const request = requestBytes('/', 'text/plain', Buffer.from('x'));
    await expect(load({ port, pid: process.pid }, request, 2, 0.2)).rejects.toThrow();
  });
});

describe('a connection', () => {
  it('fails, and does not wait for ever, when it was closed before the request', async () => {
    const port = await listen(createTcpServer((socket) => socket.destroy()));
    const connection = await connectAnswers(port);
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
    const request = requestBytes('/', 'text/plain', Buffer.from('x'));
    await expect(connection.ask(request)).rejects.toThrow('closed the connection');
  });
});

describe('the bare server', () => {
  it('answers exactly as many bytes as it is told to', async () => {
    const bare = await startBare(321);
    try {
      const request = requestBytes('/predict', 'image/png', Buffer.from('png'));
      const answer = await ask(bare.port, request);
      expect(answer.status).toBe(200);
      expect(answer.body.length).toBe(321);
    } finally {
      await bare.stop();
    }
  });
});

import { once } from 'node:events';
import { Agent, request as openRequest, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPassOn } from '../../src/http/connections/pass-on.ts';
import {
  listenPrivately,
  type PrivateListener,
} from '../../src/http/connections/private-listener.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const secret = 'a-secret-of-this-server';

/** What the first process saw of the last request. */
interface Seen {
  address: string | undefined;
  port: number | undefined;
  headers: IncomingMessage['headers'];
  body: string;
}

let first: FastifyInstance;
let further: FastifyInstance;
let listener: PrivateListener;
let socketPath: string | undefined;
let url = '';
let seen: Seen | undefined;
const left: string[] = [];
/** What reached the hooks behind. */
const seenHere: string[] = [];

beforeAll(async () => {
  const path = join(await temporaryFolder(), 'first.sock');
  first = Fastify();
  first.removeAllContentTypeParsers();
  first.addContentTypeParser('*', (_request, _payload, done) => done(null));
  first.all('/echo', async ({ raw, socket }, reply) => {
    const pieces: Buffer[] = [];
    for await (const piece of raw) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces).toString();
    seen = { address: socket.remoteAddress, port: socket.localPort, headers: raw.headers, body };
    return reply.code(201).header('x-two', ['a', 'b']).send(`${raw.method} ${raw.url} ${body}`);
  });
  first.post('/refuse', async (_request, reply) =>
    reply.code(413).header('connection', 'close').send('large'),
  );
  first.get('/stream', async ({ raw }, reply) => {
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream' });
    reply.raw.write('data: 1\n\n');
    reply.raw.once('close', () => left.push('early'));
    raw.resume();
  });
  await first.ready();
  listener = await listenPrivately(first, { socketPath: path, secret });
  socketPath = path;

  further = Fastify();
  further.addHook('onRoute', (route) => {
    route.config = { ...route.config, access: route.url === '/predict' ? 'predict' : 'open' };
  });
  const passOn = createPassOn({ socketPath: () => socketPath, secret });
  passOn.install(further);
  further.addHook('onRequest', async ({ url }) => void seenHere.push(url));
  passOn.refuse(further);
  further.post('/predict', async () => 'predicted here');
  further.get('/readyz', async () => 'ready here');
  further.all('/echo', async () => 'not here');
  url = await further.listen({ host: '127.0.0.1', port: 0 });
});

afterAll(async () => {
  await further.close();
  await listener.close();
  await first.close();
});

describe('what one process passes on to the first', () => {
  it('is everything but predictions and probes, unknown addresses too', async () => {
    const answers = await Promise.all([
      fetch(`${url}/predict`, { method: 'POST' }),
      fetch(`${url}/readyz`),
      fetch(`${url}/echo?a=1&b=%20`),
      fetch(`${url}/unknown`),
    ]);
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    expect(texts.slice(0, 3)).toEqual(['predicted here', 'ready here', 'GET /echo?a=1&b=%20 ']);
    expect(answers[3].status).toBe(404);
    expect(texts[3]).toContain('Route GET:/unknown not found');
  });

  it('arrives whole: body, headers that stand twice, status, and the address of the caller', async () => {
    const body = 'x'.repeat(300_000);
    const answer = await fetch(`${url}/echo`, {
      method: 'PUT',
      body,
      headers: { 'x-mine': 'yes' },
    });
    expect(answer.status).toBe(201);
    expect(await answer.text()).toBe(`PUT /echo ${body}`);
    expect(answer.headers.get('x-two')).toBe('a, b');
    expect(seen).toMatchObject({ address: '127.0.0.1', port: Number(new URL(url).port), body });
    expect(seen!.headers).toMatchObject({ 'x-mine': 'yes', host: new URL(url).host });
    expect(Object.keys(seen!.headers)).not.toContain('x-glimpse-passed-on');
  });

  it('has no body where the caller sent none, and a chunked one where its length is not known', async () => {
    await fetch(`${url}/echo`);
    expect(seen!.headers['transfer-encoding']).toBeUndefined();
    const sent = openRequest(`${url}/echo`, { method: 'POST' });
    sent.write('one ');
    setTimeout(() => sent.end('two'), 20);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    expect(seen!.body).toBe('one two');
  });

  it('cannot say by itself that it was passed on, nor from where', async () => {
    await fetch(`${url}/echo`, { headers: { 'x-glimpse-passed-on': `${secret} 1 10.0.0.1` } });
    expect(seen!.address).toBe('127.0.0.1');
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { 'x-glimpse-passed-on': 'guessed 1 10.0.0.1' };
      openRequest({ socketPath, path: '/echo', headers }, resolve).once('error', reject).end();
    });
    answer.resume();
    expect(answer.statusCode).toBe(403);
  });

  it('keeps one connection for many calls, whoever they are of', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let turn = 0; turn < 5; turn += 1) {
      const sent = openRequest(`${url}/echo`, { agent }).end();
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      await once(response.resume(), 'end');
      expect(response.statusCode).toBe(201);
    }
    agent.destroy();
  });

  it('ends when the caller leaves, and streams as it comes', async () => {
    const socket = connect((further.server.address() as AddressInfo).port, '127.0.0.1');
    socket.write('GET /stream HTTP/1.1\r\nhost: a\r\n\r\n');
    let text = '';
    while (!text.includes('data: 1')) text += String((await once(socket, 'data'))[0]);
    expect(left).toEqual([]);
    socket.destroy();
    await expect.poll(() => left).toEqual(['early']);
  });

  it('is over here as well when the caller leaves before it is answered', async () => {
    const sent = openRequest(`${url}/echo?left`, {
      method: 'POST',
      headers: { 'content-length': 1_000_000 },
    });
    sent.once('error', () => {});
    sent.write('some of it');
    await new Promise((resolve) => setTimeout(resolve, 50));
    sent.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await fetch(`${url}/readyz`);
    expect(seenHere).toContain('/readyz');
    expect(seenHere).not.toContain('/echo?left');
  });

  it('is refused early as there, while its body still comes', async () => {
    const sent = openRequest(`${url}/refuse`, {
      method: 'POST',
      headers: { 'content-length': 100_000_000 },
    });
    sent.once('error', () => {});
    sent.write(Buffer.alloc(200_000));
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    expect([response.statusCode, response.headers.connection]).toEqual([413, 'close']);
    sent.destroy();
  });

  it('is refused by name while there is no first process', async () => {
    const before = socketPath;
    for (const away of [undefined, `${before}.gone`]) {
      socketPath = away;
      const answer = await fetch(`${url}/echo`);
      expect(answer.status).toBe(503);
      expect(await answer.json()).toMatchObject({ code: 'GLIMPSE_PROCESS_AWAY' });
    }
    socketPath = before;
    expect((await fetch(`${url}/echo`)).status).toBe(201);
  });
});

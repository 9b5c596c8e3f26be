import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeServers, openServer, type TestServer } from '../support/server.ts';
import { slowModel } from '../support/tiny-onnx.ts';
import { tinyDraft, tinyPixels } from '../support/tiny-version.ts';

let server: TestServer;
beforeAll(async () => {
  server = await openServer({
    versions: [await tinyDraft(), await tinyDraft({ model: 'slow', onnx: slowModel(400) })],
    env: {
      GLIMPSE_MAX_BATCH_SIZE: '1',
      GLIMPSE_MAX_CONNECTIONS_PER_ADDRESS: '20',
      GLIMPSE_HEADERS_TIMEOUT_MS: '1000',
      GLIMPSE_KEEP_ALIVE_TIMEOUT_MS: '60000',
    },
  });
}, 60_000);
afterAll(closeServers);

const metric = async (name: string): Promise<number> => {
  const { text } = await request(server.url).get('/metrics').expect(200);
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return Number(line?.split(' ').at(-1));
};

async function open(): Promise<Socket> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  await once(socket, 'connect');
  return socket.on('error', () => {});
}

/** A call that takes as long as so many runs of the slow model. */
const slowCall = (images: number): string => {
  const instances = Array.from({ length: images }, () => tinyPixels.dark);
  const body = JSON.stringify({ instances });
  return `POST /models/slow/predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
};
const livez = 'GET /livez HTTP/1.1\r\nhost: x\r\n\r\n';

describe('requests that are sent before the answers to earlier ones', () => {
  it('are answered in their order, however many there are', async () => {
    const socket = await open();
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.write(livez.repeat(300) + 'GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n');
    await expect.poll(() => text.split('HTTP/1.1 404').length, { timeout: 20_000 }).toBe(2);
    expect(text.split('HTTP/1.1 200')).toHaveLength(301);
    expect(text.lastIndexOf('HTTP/1.1 200')).toBeLessThan(text.indexOf('HTTP/1.1 404'));
    socket.destroy();
  });

  it('are over with their connection: cancelled, counted down, and told as left', async () => {
    const before = server.lines.length;
    const socket = await open();
    socket.write(slowCall(200).repeat(3) + livez.repeat(5));
    await expect.poll(() => metric('glimpse_http_requests_in_flight')).toBeGreaterThan(3);
    socket.destroy();
    // The scrape itself is one.
    await expect.poll(() => metric('glimpse_http_requests_in_flight'), { timeout: 20_000 }).toBe(1);
    const left = () =>
      server.lines
        .slice(before)
        .filter(({ route, status }) => status === 499 && route === '/models/:model/predict');
    expect(left()).toHaveLength(3);
    const { text } = await request(server.url).get('/metrics');
    expect(text).toMatch(/glimpse_rejects_total{model="slow",reason="aborted"} [3-9]/);
  });

  it('are handled a few at a time, and read no further while 32 wait', async () => {
    const socket = await open();
    socket.write(slowCall(30));
    socket.write(livez.repeat(400_000));
    await expect.poll(() => metric('glimpse_http_requests_in_flight')).toBeGreaterThan(1);
    // Four of the connection, and the scrape itself.
    expect(await metric('glimpse_http_requests_in_flight')).toBeLessThanOrEqual(5);
    expect(socket.writableLength).toBeGreaterThan(0);
    expect(socket.destroyed).toBe(false);
    socket.destroy();
    await expect.poll(() => metric('glimpse_http_requests_in_flight'), { timeout: 20_000 }).toBe(1);
  });
});

describe('connections', () => {
  it('beyond the limit of an address are dropped and counted, and there is room again afterwards', async () => {
    const sockets = await Promise.all(Array.from({ length: 40 }, () => open()));
    let closed = 0;
    for (const socket of sockets) socket.once('close', () => (closed += 1)).resume();
    await expect.poll(() => closed).toBeGreaterThanOrEqual(20);
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => metric('glimpse_connections')).toBeLessThan(5);
    expect(
      await metric('glimpse_connections_dropped_total{reason="address"}'),
    ).toBeGreaterThanOrEqual(20);
  });

  it('that send their head too slowly are told so; idle ones stay open beyond that time', async () => {
    const slow = await open();
    slow.write('GET /livez HTTP/1.1\r\nhost: x\r\n');
    const idle = await open();
    idle.write(livez);
    const [first] = (await once(slow, 'data')) as [Buffer];
    expect(first.toString()).toMatch(/^HTTP\/1\.1 408 .*GLIMPSE_RECEIVE_TIMEOUT/s);
    let text = '';
    idle.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    idle.write(livez);
    await expect.poll(() => text.split('HTTP/1.1 200').length).toBe(3);
    idle.destroy();
  }, 20_000);
});

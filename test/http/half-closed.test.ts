import { connect } from 'node:net';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendAndLeave } from '../support/raw-http.ts';
import { closeServers, openServer, type TestServer } from '../support/server.ts';
import { slowModel } from '../support/tiny-onnx.ts';
import { tinyDraft, tinyPixels } from '../support/tiny-version.ts';

let server: TestServer;
beforeAll(async () => {
  server = await openServer({
    versions: [await tinyDraft(), await tinyDraft({ model: 'slow', onnx: slowModel(400) })],
    env: { GLIMPSE_MAX_BATCH_SIZE: '1' },
  });
}, 60_000);
afterAll(closeServers);

const callOf = (path: string, images = 1, head = '') => {
  const body = JSON.stringify({ instances: Array.from({ length: images }, () => tinyPixels.dark) });
  return `POST ${path} HTTP/1.1\r\nhost: localhost\r\n${head}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
};

/** Sends, ends the own side of the connection at once, and gives everything that comes back. */
function sendAndEnd(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const port = Number(new URL(server.url).port);
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () =>
      socket.end(text),
    );
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
    socket.on('close', () => resolve(answer)).on('error', reject);
  });
}

describe('a client that ends its side of the connection after its request', () => {
  it('gets its answer, and the connection is closed behind it', async () => {
    expect(await sendAndEnd(callOf('/predict'))).toMatch(/^HTTP\/1\.1 200 OK\r\n.*"label":"dark"/s);
    expect(await sendAndEnd('GET /livez HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 OK/);
    const two = callOf('/predict') + 'GET /livez HTTP/1.1\r\nhost: x\r\n\r\n';
    expect(await sendAndEnd(two)).toMatch(/^HTTP\/1\.1 200 .*HTTP\/1\.1 200 .*"status":"ok"/s);
  });

  it('gets one that takes long too, behind nothing that a client does not pass over', async () => {
    expect(await sendAndEnd(callOf('/models/slow/predict', 60))).toMatch(
      /^(HTTP\/1\.1 100 Continue\r\n\r\n)+HTTP\/1\.1 200 OK\r\n.*"predictions"/s,
    );
  });

  it('is told that its body is cut, and one that said nothing is let go', async () => {
    const cut = await sendAndEnd(callOf('/predict').slice(0, -5));
    expect(cut).toMatch(/^HTTP\/1\.1 400 .*GLIMPSE_BAD_REQUEST.*ended before it was whole/s);
    expect(await sendAndEnd('')).toBe('');
  });
});

describe('a client that is gone', () => {
  it('is still noticed while its images wait, and they are dropped before they are run', async () => {
    const left = () =>
      server.lines.filter(
        (line) => line['status'] === 499 && line['route'] === '/models/:model/predict',
      );
    await sendAndLeave(server.url, callOf('/models/slow/predict', 60));
    await expect.poll(() => left().length, { timeout: 20_000 }).toBe(1);
    const { text } = await request(server.url).get('/metrics');
    expect(text).toMatch(/glimpse_rejects_total{model="slow",reason="aborted"} [1-9]/);
  });
});

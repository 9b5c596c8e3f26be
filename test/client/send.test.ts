import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createClient,
  errors,
  GlimpseError,
  GlimpseTimeout,
  GlimpseUnreachable,
} from '../../src/client/exported.ts';
import { retryAfterOf } from '../../src/client/errors.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A server that gives these answers one after the other, the last one for ever, and what it was asked. */
async function answering(...answers: Answer[]) {
  const asked: {
    method: string;
    url: string;
    headers: IncomingMessage['headers'];
    body: string;
  }[] = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString('latin1')));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      asked.push({ method, url, headers, body });
      answers[Math.min(asked.length, answers.length) - 1]!(request, response);
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const options = { url: `http://127.0.0.1:${port}`, backoffMs: 1 };
  return { asked, options, client: createClient(options) };
}

const refuse =
  (status: number, code: string, headers: Record<string, string> = {}): Answer =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(
      JSON.stringify({ error: { code, message: 'no', details: { a: 1 } }, requestId: 'r1' }),
    );
  };
const accept: Answer = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end('{"models":[]}');
};
const cutOff: Answer = (request) => request.socket.destroy();

describe('a call of the client', () => {
  it('is sent again while it is refused for now, and then gives the answer', async () => {
    const { client, asked } = await answering(
      refuse(429, 'GLIMPSE_QUEUE_FULL'),
      refuse(503, 'GLIMPSE_DRAINING'),
      accept,
    );
    expect(await client.models()).toEqual([]);
    expect(asked.map(({ url }) => url)).toEqual(['/models', '/models', '/models']);
  });

  it('waits as long as the server asks for, and gives up at once where its deadline comes before', async () => {
    const { client, asked } = await answering(
      refuse(429, 'GLIMPSE_QUEUE_FULL', { 'retry-after': '60' }),
    );
    const refused = client.call('listModels', { timeoutMs: 5_000 });
    await expect(refused).rejects.toMatchObject({
      code: 'GLIMPSE_QUEUE_FULL',
      retryAfterMs: 60_000,
    });
    expect(asked).toHaveLength(1);
  });

  it('gives up after the retries that it has', async () => {
    const { options, asked } = await answering(refuse(503, 'GLIMPSE_DRAINING'));
    const client = createClient({ ...options, retries: 2 });
    await expect(client.models()).rejects.toBeInstanceOf(errors.GLIMPSE_DRAINING);
    expect(asked).toHaveLength(3);
  });

  it('fails with the class of its code, and all that was told', async () => {
    const { client } = await answering(refuse(404, 'GLIMPSE_MODEL_NOT_FOUND'));
    const error = await client.models().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(errors.GLIMPSE_MODEL_NOT_FOUND);
    expect(error).toBeInstanceOf(GlimpseError);
    expect(error).not.toBeInstanceOf(errors.GLIMPSE_QUEUE_FULL);
    expect(error).toMatchObject({
      name: 'GLIMPSE_MODEL_NOT_FOUND',
      status: 404,
      message: 'no',
      requestId: 'r1',
      details: { a: 1 },
    });
  });

  it('knows an error of a newer server, and one of a proxy, by what they say', async () => {
    const { client } = await answering(refuse(418, 'GLIMPSE_OF_TOMORROW'), (_request, response) => {
      response.writeHead(502).end('<h1>Bad Gateway</h1>');
    });
    await expect(client.models()).rejects.toMatchObject({
      code: 'GLIMPSE_OF_TOMORROW',
      status: 418,
    });
    await expect(client.models()).rejects.toMatchObject({
      code: 'HTTP_502',
      message: '<h1>Bad Gateway</h1>',
    });
  });

  it('is sent again when its connection broke, if that can do no harm', async () => {
    const { client, asked } = await answering(cutOff, accept);
    expect(await client.models()).toEqual([]);
    expect(asked).toHaveLength(2);
  });

  it('is not sent twice when it may have been carried out', async () => {
    const { client, asked } = await answering(cutOff, accept);
    await expect(client.call('rollBack', { path: { model: 'digits' } })).rejects.toBeInstanceOf(
      GlimpseUnreachable,
    );
    expect(asked).toHaveLength(1);
  });

  it('has a training sent twice under one key, which makes one job', async () => {
    const { client, asked } = await answering(cutOff, accept);
    await client.train({ epochs: 1 });
    const keys = asked.map(({ headers }) => headers['idempotency-key']);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(keys[1]).toBe(keys[0]);
  });

  it('ends at its deadline, of which the server was told', async () => {
    const { client, asked } = await answering(() => {});
    await expect(client.call('listModels', { timeoutMs: 100 })).rejects.toBeInstanceOf(
      GlimpseTimeout,
    );
    expect(Number(asked[0]!.headers['x-request-timeout-ms'])).toBeLessThanOrEqual(100);
  });

  it('ends when its caller aborts it, with the reason of that', async () => {
    const { client } = await answering(refuse(503, 'GLIMPSE_DRAINING', { 'retry-after': '20' }));
    const abort = new AbortController();
    const asked = client.call('listModels', { signal: abort.signal });
    setTimeout(() => abort.abort(new Error('changed my mind')), 20);
    await expect(asked).rejects.toThrow('changed my mind');
  });

  it('carries the key, the names in its path and its query as they are', async () => {
    const { options, asked } = await answering(accept);
    const client = createClient({ ...options, url: `${options.url}/base/`, key: 'k', token: 't' });
    await client.call('getVersion', { path: { model: 'a b', version: 2 } });
    await client
      .predict(new Uint8Array([1]), { model: 'm', label: 'x/y', query: { topK: 2 } })
      .catch(() => {});
    expect(asked.map(({ url }) => url)).toEqual([
      '/base/models/a%20b/versions/2',
      '/base/models/m/labels/x%2Fy/predict?topK=2',
    ]);
    expect(asked[0]!.headers).toMatchObject({ 'x-api-key': 'k', authorization: 'Bearer t' });
  });

  it('refuses what it could only guess at', async () => {
    const { client, asked } = await answering(accept);
    const image = new Uint8Array([1]);
    await expect(client.predict(image, { version: 1 })).rejects.toThrow(TypeError);
    const both = client.predict(image, { model: 'm', version: 1, label: 'production' });
    await expect(both).rejects.toThrow(TypeError);
    // @ts-expect-error a path is no image
    await expect(client.predict('7.png')).rejects.toThrow(TypeError);
    // @ts-expect-error the model is missing
    await expect(client.call('getModel', {})).rejects.toThrow('path.model');
    expect(asked).toEqual([]);
  });
});

describe('Retry-After', () => {
  it('is seconds or a date', () => {
    const now = Date.parse('2026-11-28T12:00:00Z');
    expect(retryAfterOf('2')).toBe(2_000);
    expect(retryAfterOf('Sat, 28 Nov 2026 12:00:05 GMT', now)).toBe(5_000);
    expect(retryAfterOf('Sat, 28 Nov 2026 11:00:00 GMT', now)).toBe(0);
    expect([retryAfterOf('soon'), retryAfterOf(null)]).toEqual([undefined, undefined]);
  });
});

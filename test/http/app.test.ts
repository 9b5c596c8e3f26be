import { connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import request from 'supertest';
import { afterEach, describe, expect, it } from 'vitest';
import { errors } from '../../src/errors.ts';
import { createApp, type AppParts } from '../../src/http/app.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';

interface LogLine {
  readonly [key: string]: unknown;
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** The real app on a real port; `state` may be changed while it runs. */
async function open(state = { ready: true, reasons: [] as string[], isDraining: false }) {
  const lines: LogLine[] = [];
  const metrics = createMetrics({ version: '1.2.3' });
  const parts: AppParts = {
    predictor: { predict: () => Promise.reject(new errors.GLIMPSE_MODEL_NOT_FOUND('digits')) },
    metrics,
    logger: pino({ level: 'debug' }, { write: (text: string) => lines.push(JSON.parse(text)) }),
    settings: {
      version: '1.2.3',
      defaultModel: 'digits',
      maxBodyBytes: 1_000_000,
      maxImages: 8,
      requestTimeoutMs: 30_000,
      keepAliveTimeoutMs: 72_000,
      receiveTimeoutMs: 300_000,
    },
    readiness: () => state,
    isDraining: () => state.isDraining,
  };
  const app: FastifyInstance = await createApp(parts);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  closers.push(async () => {
    await app.close();
    metrics.close();
  });
  return { app, url, lines, state };
}

/** Sends raw bytes and gives everything that came back until the server closed. */
function raw(url: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
    socket.on('close', () => resolve(answer)).on('error', reject);
  });
}

describe('health', () => {
  it('is live while the process answers, ready or not', async () => {
    const { url } = await open({
      ready: false,
      reasons: ['digits: no version'],
      isDraining: false,
    });
    await request(url).get('/livez').expect(200, { status: 'ok', version: '1.2.3' });
    await request(url).head('/livez').expect(200);
  });

  it.each(['/readyz', '/health', '/ping'])(
    '%s fails with its reasons and recovers',
    async (path) => {
      const { url, state } = await open();
      await request(url).get(path).expect(200);
      state.ready = false;
      state.reasons = ['digits: version 3 is quarantined'];
      const answer = await request(url).get(path).expect(503);
      expect(answer.body).toEqual({
        status: 'unavailable',
        version: '1.2.3',
        reasons: ['digits: version 3 is quarantined'],
      });
      expect(answer.headers['cache-control']).toBe('no-store');
      await request(url).head(path).expect(503);
      state.ready = true;
      await request(url).get(path).expect(200);
    },
  );
});

describe('the app', () => {
  it('keeps idle connections longer than a load balancer does, and heads longer still', async () => {
    const { app, url } = await open();
    expect(app.server.keepAliveTimeout).toBe(72_000);
    expect(app.server.headersTimeout).toBeGreaterThan(72_000);
    expect(app.server.requestTimeout).toBeGreaterThanOrEqual(app.server.headersTimeout);
    const answer = await request(url).get('/livez').set('connection', 'keep-alive');
    expect(answer.headers['keep-alive']).toBe('timeout=72');
  });

  it('asks clients to reconnect elsewhere from the moment it drains', async () => {
    const { url, state } = await open();
    state.isDraining = true;
    const answer = await request(url).get('/livez').set('connection', 'keep-alive');
    expect(answer.headers['connection']).toBe('close');
  });

  it('echoes a sane x-request-id and makes one up otherwise', async () => {
    const { url } = await open();
    const echoed = await request(url).get('/livez').set('x-request-id', 'order-17/a');
    expect(echoed.headers['x-request-id']).toBe('order-17/a');
    for (const strange of ['a b', 'x'.repeat(129), '"}{', '']) {
      const answer = await request(url).get('/livez').set('x-request-id', strange);
      expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it('takes a traceparent in, logs it and passes its trace on', async () => {
    const { url, lines } = await open();
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const answer = await request(url)
      .get('/livez')
      .set('traceparent', `00-${traceId}-b7ad6b7169203331-01`);
    expect(answer.headers['traceparent']).toMatch(
      new RegExp(`^00-${traceId}-(?!b7ad6b7169203331)[0-9a-f]{16}-01$`),
    );
    expect(lines.find((line) => line['traceId'] === traceId)).toMatchObject({
      parentSpanId: 'b7ad6b7169203331',
      route: '/livez',
      status: 200,
    });
  });

  it.each([
    '00-00000000000000000000000000000000-b7ad6b7169203331-01',
    '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
    'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more',
    '00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01',
    'nonsense',
  ])('ignores the malformed traceparent %s', async (header) => {
    const { url } = await open();
    const answer = await request(url).get('/livez').set('traceparent', header).expect(200);
    expect(answer.headers['traceparent']).toBeUndefined();
  });

  it('writes one line per request, without its query', async () => {
    const { url, lines } = await open();
    await request(url).get('/openapi.json?secret=1').expect(200);
    const told = lines.filter((line) => line['route'] === '/openapi.json');
    expect(told).toMatchObject([
      { method: 'GET', path: '/openapi.json', status: 200, msg: 'answered' },
    ]);
    expect(told[0]?.['ms']).toBeTypeOf('number');
  });

  it('counts requests by route template and never by address', async () => {
    const { url } = await open();
    await request(url).get('/livez');
    await request(url).get('/nothing/here');
    const { text, headers } = await request(url).get('/metrics').expect(200);
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toContain(
      'glimpse_http_requests_total{route="/livez",method="GET",status="200"} 1',
    );
    expect(text).toContain('glimpse_http_requests_total{route="none",method="GET",status="404"} 1');
    expect(text).toContain('glimpse_errors_total{code="GLIMPSE_ROUTE_NOT_FOUND"} 1');
    expect(text).not.toContain('nothing/here');
  });
});

describe('what is no call of ours', () => {
  it('is answered 404 in our own shape, before its body is read', async () => {
    const { url } = await open();
    const answer = await request(url)
      .post('/nope?x=1')
      .type('application/json')
      .send('{broken')
      .expect(404);
    expect(answer.body).toEqual({
      error: { code: 'GLIMPSE_ROUTE_NOT_FOUND', message: 'There is no POST /nope.' },
      requestId: answer.headers['x-request-id'],
    });
  });

  it('is answered 405 with the methods that would do', async () => {
    const { url } = await open();
    const answer = await request(url).post('/livez').send({ a: 1 }).expect(405);
    expect(answer.headers['allow']).toBe('GET, HEAD');
    expect(answer.body.error).toEqual({
      code: 'GLIMPSE_METHOD_NOT_ALLOWED',
      message: '/livez takes GET, HEAD, not POST.',
    });
  });

  it.each([
    ['GET /%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', 400, 'GLIMPSE_BAD_REQUEST'],
    ['not http at all\r\n\r\n', 400, 'GLIMPSE_BAD_REQUEST'],
    [
      `GET /livez HTTP/1.1\r\nhost: x\r\nx-big: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'GLIMPSE_HEADERS_TOO_LARGE',
    ],
  ])('is refused in our own shape even as broken HTTP: %.20s', async (text, status, code) => {
    const { url } = await open();
    const answer = await raw(url, text);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    const body = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
    expect(body).toMatchObject({ error: { code }, requestId: expect.any(String) });
  });
});

describe('the contract', () => {
  it('is served to machines and, as a page that calls nobody else, to people', async () => {
    const { url } = await open();
    const { body } = await request(url).get('/openapi.json').expect(200);
    expect(body).toMatchObject({ openapi: '3.1.0', info: { title: 'Glimpse', version: '1.2.3' } });
    const page = await request(url).get('/docs/').expect(200);
    expect(page.headers['content-security-policy']).not.toMatch(/upgrade-insecure|validator/);
    expect(page.text).toContain('Swagger UI');
  });
});

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import request from 'supertest';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { packageVersion } from '../../src/package.ts';
import { sendRaw } from '../support/raw-http.ts';
import { closeServers, openServer, type TestServer } from '../support/server.ts';
import { tinyDraft } from '../support/tiny-version.ts';

describe('health', () => {
  afterEach(closeServers);

  it('is live while the process answers, ready or not', async () => {
    const { url } = await openServer({ versions: [] });
    await request(url).get('/livez').expect(200, { status: 'ok', version: packageVersion });
    await request(url).head('/livez').expect(200);
    await request(url).head('/readyz').expect(503);
  });

  it('is ready under every name at once, or names the reasons', async () => {
    const { url, repository, registry } = await openServer({ versions: [] });
    const names = ['/readyz', '/health', '/ping'];
    for (const path of names) {
      const { body, headers } = await request(url).get(path).expect(503);
      expect(body).toEqual({
        status: 'unavailable',
        version: packageVersion,
        reasons: [expect.stringContaining('no model "digits"')],
      });
      expect(headers['cache-control']).toBe('no-store');
    }
    await repository.publish(await tinyDraft());
    await registry.reconcile();
    const ready = async (path: string): Promise<number> => (await request(url).get(path)).status;
    await expect.poll(() => ready('/readyz')).toBe(200);
    for (const path of names) await request(url).get(path).expect(200);
  });
});

describe('closing', () => {
  it('does not wait for connections that never said anything', async () => {
    const server = await openServer({ versions: [] });
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    await once(socket, 'connect');
    await request(server.url).get('/livez').expect(200);
    const cut = once(socket, 'close');
    await server.stop();
    await cut;
  });
});

let server: TestServer;
let url: string;

describe('on a running server', () => {
  beforeAll(async () => {
    server = await openServer();
    url = server.url;
  });
  afterAll(closeServers);

  describe('the app', () => {
    it('keeps idle connections longer than a load balancer does', async () => {
      const { app } = server;
      expect(app.server.keepAliveTimeout).toBe(72_000);
      const answer = await request(url).get('/livez').set('connection', 'keep-alive');
      expect(answer.headers['keep-alive']).toBe('timeout=72');
    });

    it('echoes a sane x-request-id and makes one up otherwise', async () => {
      const echoed = await request(url).get('/livez').set('x-request-id', 'order-17/a');
      expect(echoed.headers['x-request-id']).toBe('order-17/a');
      for (const strange of ['a b', 'x'.repeat(129), '"}{', '']) {
        const answer = await request(url).get('/livez').set('x-request-id', strange);
        expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
      }
    });

    it('takes a traceparent in, logs it and passes its trace on', async () => {
      const { lines } = server;
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
      const answer = await request(url).get('/livez').set('traceparent', header).expect(200);
      expect(answer.headers['traceparent']).toBeUndefined();
    });

    it('writes one line per request, without its query', async () => {
      const { lines } = server;
      await request(url).get('/openapi.json?secret=1').expect(200);
      const told = lines.filter((line) => line['route'] === '/openapi.json');
      expect(told).toMatchObject([
        { method: 'GET', path: '/openapi.json', status: 200, msg: 'answered' },
      ]);
      expect(told[0]?.['ms']).toBeTypeOf('number');
    });

    it('counts requests by route template and never by address', async () => {
      await request(url).get('/livez');
      await request(url).get('/nothing/here');
      const { text, headers } = await request(url).get('/metrics').expect(200);
      expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
      for (const line of [
        'http_requests_total{route="/livez",method="GET",status="200"}',
        'http_requests_total{route="none",method="GET",status="404"}',
        'errors_total{code="GLIMPSE_ROUTE_NOT_FOUND"}',
      ]) {
        expect(text).toMatch(new RegExp(`glimpse_${line} [1-9]`));
      }
      expect(text).not.toContain('nothing/here');
    });
  });

  describe('what is no call of ours', () => {
    it('is answered 404 in our own shape, before its body is read', async () => {
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

    it('is pointed to the list of calls where somebody just looks who is there', async () => {
      const { body } = await request(url).get('/?x=1').expect(200);
      expect(body).toEqual({ status: 'alive', docs: '/docs' });
    });

    it('is answered 405 with the methods that would do', async () => {
      const answer = await request(url).post('/livez').send({ a: 1 }).expect(405);
      expect(answer.headers['allow']).toBe('GET, HEAD');
      expect(answer.body.error).toEqual({
        code: 'GLIMPSE_METHOD_NOT_ALLOWED',
        message: '/livez takes GET, HEAD, not POST.',
      });
    });

    it.each([
      ['/models/a%20b', 'DELETE, GET, HEAD'],
      [`/models/${'n'.repeat(100)}`, 'DELETE, GET, HEAD'],
      ['/models/a/labels/b?c=d', 'DELETE, PUT'],
      ['/models/a/versions/1/predict', 'POST'],
    ])('is answered 405 under a name, too: %.40s', async (path, allowed) => {
      const { headers } = await request(url).patch(path).expect(405);
      expect(headers['allow']?.split(', ').sort().join(', ')).toBe(allowed);
    });

    it.each(['/models//load', '/models/a/nope', '/livez/', '/%2e/livez'])(
      'is answered 404 where no call has such an address: %.40s',
      async (path) => {
        await request(url).patch(path).expect(404);
        await request(url).get(path).expect(404);
      },
    );

    it('is counted under the address of the calls that have another method', async () => {
      await request(url).patch('/models/some/labels/thing').expect(405);
      const { text } = await request(url).get('/metrics').expect(200);
      expect(text).toMatch(/route="\/models\/:model\/labels\/:label",method="PATCH",status="405"/);
      expect(server.lines.at(-2)).toMatchObject({
        route: '/models/:model/labels/:label',
        status: 405,
      });
    });

    it.each(['TRACE', 'PROPFIND', 'M-SEARCH'])('is answered 405 to %s, too', async (method) => {
      const head = (path: string) =>
        `${method} ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`;
      const known = await sendRaw(url, head('/models'));
      expect(known).toMatch(/^HTTP\/1.1 405 /);
      expect(known).toContain('allow: GET, HEAD');
      expect(await sendRaw(url, head('/nope'))).toMatch(/^HTTP\/1.1 404 /);
    });

    it.each([
      ['GET /%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', 400, 'GLIMPSE_BAD_REQUEST'],
      ['not http at all\r\n\r\n', 400, 'GLIMPSE_BAD_REQUEST'],
      [
        `GET /livez HTTP/1.1\r\nhost: x\r\nx-big: ${'x'.repeat(20_000)}\r\n\r\n`,
        431,
        'GLIMPSE_HEADERS_TOO_LARGE',
      ],
      ['GET /livez HTTP/1.1\r\n\r\n', 400, 'GLIMPSE_BAD_REQUEST'],
      ['GET * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', 400, 'GLIMPSE_BAD_REQUEST'],
      ['GET *livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', 400, 'GLIMPSE_BAD_REQUEST'],
      [
        'POST /predict HTTP/1.1\r\nhost: x\r\nexpect: gold\r\nconnection: close\r\ncontent-length: 1\r\n\r\nx',
        417,
        'GLIMPSE_EXPECTATION_FAILED',
      ],
      ['CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n', 400, 'GLIMPSE_BAD_REQUEST'],
      ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'GLIMPSE_BAD_REQUEST'],
      [
        'TRACE /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
        405,
        'GLIMPSE_METHOD_NOT_ALLOWED',
      ],
      [
        'POST /train HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 1\r\n\r\nx',
        415,
        'GLIMPSE_UNSUPPORTED_MEDIA_TYPE',
      ],
      [
        'POST /predict HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
        400,
        'GLIMPSE_BAD_REQUEST',
      ],
    ])('is refused in our own shape even as broken HTTP: %.20s', async (text, status, code) => {
      const answer = await sendRaw(url, text);
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      const body = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
      expect(body).toMatchObject({ error: { code }, requestId: expect.any(String) });
      expect(answer).toContain(`x-request-id: ${body.requestId}`);
    });

    it('may lack a host as HTTP/1.0, which has none', async () => {
      expect(await sendRaw(url, 'GET /livez HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
    });

    it('is an upgrade, which is answered as if it had not been asked for', async () => {
      const answer = await sendRaw(
        url,
        'GET /livez HTTP/1.1\r\nhost: x\r\nconnection: upgrade, close\r\nupgrade: websocket\r\n\r\n',
      );
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    });

    it('breaks off an answer that has begun, and is not written into it', async () => {
      const answer = await sendRaw(
        url,
        'GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n',
        'broken\r\n\r\n',
      );
      const [first = ''] = answer.split('HTTP/1.1 400');
      const body = first.slice(first.indexOf('\r\n\r\n') + 4);
      expect(body === '' || JSON.parse(body)).toBeTruthy();
    });
  });

  describe('the contract', () => {
    it('is served to machines and, as a page that calls nobody else, to people', async () => {
      const { body } = await request(url).get('/openapi.json').expect(200);
      const committed = await readFile(join(import.meta.dirname, '../../openapi.yaml'), 'utf8');
      expect(body).toEqual(parse(committed));
      const { headers } = await request(url).get('/openapi.json').expect(200);
      expect(headers).toMatchObject({
        etag: expect.stringMatching(/^"[\w-]{43}"$/),
        'cache-control': 'no-cache',
      });
      const known = { 'if-none-match': headers['etag']! };
      expect((await request(url).get('/openapi.json').set(known).expect(304)).text).toBe('');
      const other = { 'if-none-match': '"other"' };
      await request(url).get('/openapi.json').set(other).expect(200);
      const page = await request(url).get('/docs/').expect(200);
      expect(page.headers['content-security-policy']).not.toMatch(/upgrade-insecure|validator/);
      expect(page.text).toContain('Swagger UI');
      const style = await request(url).get('/docs/static/swagger-ui.css').expect(200);
      const { headers: alone } = await request(url).head('/docs/static/swagger-ui.css').expect(200);
      expect(alone['content-length']).toBe(style.headers['content-length']);
      const cached = { 'if-none-match': style.headers['etag']! };
      await request(url).get('/docs/static/swagger-ui.css').set(cached).expect(304);
      const { text: yaml } = await request(url).get('/docs/yaml').buffer().expect(200);
      expect(yaml).toBe(committed);
    });

    it('has no files but its own beside the page: other paths are not found', async () => {
      for (const path of ['%2e%2e/%2e%2e/package.json', '....//package.json', '.env', 'none.js']) {
        const { body } = await request(url).get(`/docs/static/${path}`).expect(404);
        expect(body.error.code).toBe('GLIMPSE_ROUTE_NOT_FOUND');
      }
    });
  });
});

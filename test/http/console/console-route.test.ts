import { join } from 'node:path';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acceptedCoding } from '../../../src/http/console/console-files.ts';
import { closeServers, openServer } from '../../support/server.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let url = '';
beforeAll(async () => {
  ({ url } = await openServer({ versions: [] }));
});
afterAll(closeServers);

/** The names of the script and the style that the page asks for. */
async function filesOfPage(): Promise<string[]> {
  const { text } = await request(url).get('/console/').expect(200);
  return [...text.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, name]) => name!);
}

describe('the console', () => {
  it('is where a browser that asks for the server is sent, and programs are answered as ever', async () => {
    const page = await request(url).get('/').set('accept', 'text/html,*/*;q=0.8').expect(302);
    expect(page.headers).toMatchObject({ location: 'console/', 'cache-control': 'no-store' });
    expect(page.headers['vary']).toContain('accept');
    const { headers } = await request(url).get('/console').expect(302);
    expect(headers['location']).toBe('console/');
    const program = await request(url).get('/').set('accept', 'application/json').expect(200);
    expect(program.body).toEqual({ status: 'alive', docs: '/docs' });
    await request(url).get('/').set('accept', '*/*').expect(200);
  });

  it('may load its own files and call its own server, and nothing else', async () => {
    const { headers, text } = await request(url).get('/console/').expect(200);
    const policy = String(headers['content-security-policy']).split('; ');
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
      ]),
    );
    expect(policy.join()).not.toMatch(/unsafe|https?:|\*/);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'permissions-policy': 'camera=(self), geolocation=(), microphone=()',
      'x-content-type-options': 'nosniff',
    });
    expect(text).not.toMatch(/(src|href)="(?:https?:)?\/\//);
    expect(text).not.toMatch(/<script>|style="/);
  });

  it('has files that never change under their name, compressed for whoever takes that', async () => {
    const script = (await filesOfPage()).find((name) => name.endsWith('.js'))!;
    expect(script).toMatch(/^main\.[A-F0-9]{8}\.js$/);
    const plain = await request(url)
      .get(`/console/${script}`)
      .set('accept-encoding', 'identity')
      .expect(200);
    expect(plain.headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'text/javascript; charset=utf-8',
    });
    expect(plain.headers['content-encoding']).toBeUndefined();
    const packed = await request(url)
      .get(`/console/${script}`)
      .set('accept-encoding', 'gzip, br')
      .expect(200);
    expect(packed.headers['content-encoding']).toBe('br');
    expect(Number(packed.headers['content-length'])).toBeLessThan(plain.text.length / 2);
    expect(packed.headers['vary']).toContain('accept-encoding');
    const again = { 'accept-encoding': 'gzip, br', 'if-none-match': packed.headers['etag']! };
    await request(url).get(`/console/${script}`).set(again).expect(304);
  });

  it('weighs less than 150 KB with all that its page asks for, compressed by gzip', async () => {
    let bytes = 0;
    for (const name of ['', ...(await filesOfPage())]) {
      const { headers, body } = await request(url)
        .get(`/console/${name}`)
        .set('accept-encoding', 'gzip')
        .buffer()
        .parse((response, done) => {
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => parts.push(part));
          response.on('end', () => done(null, Buffer.concat(parts)));
        })
        .expect(200);
      expect(headers['content-encoding']).toBe('gzip');
      bytes += Number(headers['content-length']);
      expect(body.length).toBeGreaterThan(0);
    }
    expect(bytes).toBeLessThan(150_000);
  });

  it.each([
    'nothing.js',
    '../main.js',
    '%2e%2e/main.js',
    'main.js.br',
    'index.html.gz',
    'a/b.js',
    'package.json',
  ])('has no file %s', async (name) => {
    const { body } = await request(url).get(`/console/${name}`).expect(404);
    expect(body.error.code).toBe('GLIMPSE_ROUTE_NOT_FOUND');
  });

  it('needs no key for its files, although what it asks for does', async () => {
    const { url: kept } = await openServer({
      versions: [],
      env: { GLIMPSE_KEYS_FILE: join(await temporaryFolder(), 'keys.json') },
    });
    await request(kept).get('/console/').expect(200);
    await request(kept).get('/models').expect(401);
  });

  it('is not there where it is switched off', async () => {
    const { url: bare } = await openServer({ versions: [], env: { GLIMPSE_CONSOLE: 'off' } });
    await request(bare).get('/console').expect(404);
    await request(bare).get('/console/').expect(404);
    const { body } = await request(bare).get('/').set('accept', 'text/html').expect(200);
    expect(body).toEqual({ status: 'alive', docs: '/docs' });
  });
});

describe('the coding of a file', () => {
  const encoded = { br: Buffer.from('b'), gzip: Buffer.from('g') };
  it.each([
    ['gzip, deflate, br', 'br'],
    ['gzip;q=1.0', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['deflate', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('for %s is %s', (header, coding) => {
    expect(acceptedCoding(header, { encoded })).toBe(coding);
  });

  it('is none that the file does not have', () => {
    expect(acceptedCoding('br', { encoded: { gzip: encoded.gzip } })).toBeUndefined();
  });
});

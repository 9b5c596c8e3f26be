import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeServers, openServer } from '../support/server.ts';

let url = '';
beforeAll(async () => {
  ({ url } = await openServer({ versions: [] }));
});
afterAll(closeServers);

describe('what browsers may do with a response', () => {
  it.each(['/livez', '/models', '/metrics', '/nowhere', '/models/none', '/openapi.json'])(
    'of %s: nothing',
    async (path) => {
      const { headers } = await request(url).get(path);
      expect(headers).toMatchObject({
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
      });
    },
  );

  it('of the page of the contract: its own scripts and styles, and calls to this server', async () => {
    const { headers, text } = await request(url).get('/docs/').redirects(1).expect(200);
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("frame-ancestors 'self'");
    expect(policy).not.toMatch(/script-src[^;]*unsafe|https?:|\*/);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
    expect(text).toContain('swagger-ui');
    expect(text).not.toMatch(/(src|href)="https?:/);
  });
});

import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeServers, openServer, type TestServer } from '../support/server.ts';
import { tinyDraft } from '../support/tiny-version.ts';

let server: TestServer;
beforeAll(async () => {
  server = await openServer({
    versions: [await tinyDraft({ label: 'production' }), await tinyDraft({ shift: 50 })],
  });
});
afterAll(closeServers);

describe('the history of a model', () => {
  const path = '/models/digits/history';

  it('tells who moved a label by a request, when, from where and why', async () => {
    const put = (label: string, body: object) =>
      request(server.url).put(`/models/digits/labels/${label}`).send(body).expect(200);
    await put('beta', { version: 1 });
    await put('beta', { version: 2, reason: 'The field trial begins.' });
    await request(server.url).delete('/models/digits/labels/beta').expect(200);
    const policy = { promote: 'never', reason: 'We are on holiday.' };
    await request(server.url).put('/models/digits/policy').send(policy).expect(200);
    const { body } = await request(server.url).get(`${path}?limit=4`).expect(200);
    const by = { kind: 'local', id: '127.0.0.1' };
    expect(body).toMatchObject({
      model: 'digits',
      entries: [
        { what: 'policy', by, from: null, to: { promote: 'never' }, why: 'We are on holiday.' },
        { what: 'label', label: 'beta', by, from: 2, to: null },
        { what: 'label', label: 'beta', by, from: 1, to: 2, why: 'The field trial begins.' },
        { what: 'label', label: 'beta', by, from: null, to: 1 },
      ],
      next: 2,
    });
    const rest = await request(server.url).get(`${path}?before=2`).expect(200);
    expect(rest.body.entries).toMatchObject([{ number: 1, label: 'production', to: 1 }]);
    expect(rest.body).not.toHaveProperty('next');
  });

  it('is none of a model that never was, and refuses pages that cannot be', async () => {
    const none = await request(server.url).get('/models/none/history').expect(404);
    expect(none.body.error.code).toBe('GLIMPSE_MODEL_NOT_FOUND');
    for (const query of ['limit=0', 'limit=101', 'before=0', 'before=x', 'after=1']) {
      await request(server.url).get(`${path}?${query}`).expect(400);
    }
    const long = { version: 1, reason: 'x'.repeat(501) };
    await request(server.url).put('/models/digits/labels/beta').send(long).expect(400);
  });
});

import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aReleaseRecord } from '../support/drafts.ts';
import { closeServers, openServer, type TestServer } from '../support/server.ts';
import { tinyDraft } from '../support/tiny-version.ts';

describe('the release policy of a model', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await openServer({ versions: [await tinyDraft({ label: 'production' })] });
  });
  afterAll(closeServers);
  const path = '/models/digits/policy';

  it('is that of every model until somebody writes one, and is changed by compare-and-set', async () => {
    const usual = await request(server.url).get(path).expect(200);
    expect(usual.body).toEqual({ model: 'digits', promote: 'if-better', isDefault: true });
    expect(usual.headers['etag']).toBeUndefined();
    const put = (promote: unknown, ifMatch?: string) => {
      const call = request(server.url).put(path).send({ promote });
      return ifMatch === undefined ? call : call.set('if-match', ifMatch);
    };
    const first = await put('never').expect(200);
    expect(first.body).toEqual({ model: 'digits', promote: 'never', isDefault: false });
    const rule = { dataset: 'dataset:judge', floors: { accuracy: 0.9 }, margin: 0.01 };
    const second = await put(rule, first.headers['etag']).expect(200);
    expect(second.body.promote).toEqual(rule);
    const lost = await put('always', first.headers['etag']).expect(409);
    expect(lost.body.error.code).toBe('GLIMPSE_POLICY_CONFLICT');
    const now = await request(server.url).get(path).expect(200);
    expect(now.body).toEqual(second.body);
    expect(now.headers['etag']).toBe(second.headers['etag']);
    const { body } = await request(server.url).get('/models/digits').expect(200);
    expect(body.labels).toEqual({ latest: 1, production: 1 });
  });

  it.each([
    [{ promote: 'if-beter' }, 'did you mean if-better?'],
    [{ promote: { floor: {} } }, 'did you mean "floors"?'],
    [{ promote: { margin: 2 } }, '"promote.margin"'],
    [{}, '"promote" is missing'],
    [{ promote: 'never', until: 'monday' }, 'has no field called "until"'],
  ])('refuses %j', async (body, words) => {
    const response = await request(server.url).put(path).send(body).expect(400);
    expect(response.body.error).toMatchObject({ code: 'GLIMPSE_INVALID_REQUEST' });
    expect(response.body.error.message).toContain(words);
  });

  it('is none of a model that is not there', async () => {
    for (const call of [
      request(server.url).get('/models/none/policy'),
      request(server.url).put('/models/none/policy').send({ promote: 'never' }),
    ]) {
      expect((await call.expect(404)).body.error.code).toBe('GLIMPSE_MODEL_NOT_FOUND');
    }
  });

  it('leaves what it decided beside each version, where it is read', async () => {
    const version = '/models/digits/versions/1';
    expect((await request(server.url).get(version)).body).not.toHaveProperty('release');
    const record = aReleaseRecord({ present: 1, decision: 'kept', reason: 'It is worse.' });
    await server.repository.releases.putRecord(record);
    const { formatVersion: _, model: __, version: ___, ...decided } = record;
    expect((await request(server.url).get(version)).body.release).toEqual(decided);
  });
});

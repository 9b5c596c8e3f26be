import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { closeServers, openServer, type TestServer } from '../support/server.ts';
import { tinyDraft, tinyPng } from '../support/tiny-version.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

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

describe('the traffic of a model', () => {
  const path = '/models/digits/traffic';
  const put = (body: object, ifMatch?: string) => {
    const call = request(server.url).put(path).send(body);
    return ifMatch === undefined ? call : call.set('if-match', ifMatch);
  };
  const pixels = { instances: [[0, 0, 0, 0]] };
  const answeredBy = async (where: string, user?: string): Promise<number> => {
    const call = request(server.url).post(where).send(pixels);
    const { body } = await (user === undefined ? call : call.set('x-user', user)).expect(200);
    return body.version;
  };

  it('is split by the value of a header, named in the answer, and changed by compare-and-set', async () => {
    const none = await request(server.url).get(path).expect(200);
    expect(none.body).toEqual({ model: 'digits' });
    const split = [
      { version: 1, weight: 1 },
      { version: 2, weight: 1 },
    ];
    const first = await put({ split, stickyHeader: 'X-User', reason: 'Half and half.' }).expect(
      200,
    );
    expect(first.body).toEqual({ model: 'digits', split, stickyHeader: 'X-User', revision: 1 });
    expect((await request(server.url).get(path)).body).toEqual(first.body);
    const users = ['ann', 'ben', 'cleo', 'dan', 'eve', 'fay'];
    const once = await Promise.all(users.map((user) => answeredBy('/predict', user)));
    expect([...new Set(once)].sort((a, b) => a - b)).toEqual([1, 2]);
    const where = '/models/digits/labels/production/predict';
    expect(await Promise.all(users.map((user) => answeredBy(where, user)))).toEqual(once);
    for (const version of [1, 2]) {
      const named = await answeredBy(`/models/digits/versions/${version}/predict`, 'ann');
      expect(named).toBe(version);
    }
    expect(await answeredBy('/models/digits/labels/latest/predict', 'ann')).toBe(2);
    const etag = first.headers['etag'];
    const all = { split: [{ version: 2, weight: 1 }] };
    await put(all, etag).expect(200);
    expect(await answeredBy('/predict')).toBe(2);
    const late = await put({}, etag).expect(409);
    expect(late.body.error.code).toBe('GLIMPSE_TRAFFIC_CONFLICT');
    await put({}).expect(200);
    expect(await answeredBy('/predict')).toBe(1);
    const { body } = await request(server.url).get('/models/digits/history?limit=3');
    expect(
      body.entries.map(({ what, why }: { what: string; why?: string }) => [what, why]),
    ).toEqual([
      ['traffic', undefined],
      ['traffic', undefined],
      ['traffic', 'Half and half.'],
    ]);
  });

  it('is none of a model that is not there, and refuses what cannot be', async () => {
    await request(server.url).get('/models/none/traffic').expect(404);
    await put({ split: [{ version: 7, weight: 1 }] }).expect(404);
    for (const body of [
      { split: [] },
      { split: [{ version: 1 }] },
      { split: [{ version: 1, weight: -1 }] },
      { split: [{ version: 1, label: 'production', weight: 1 }] },
      { split: [{ version: 1, weight: 1 }], stickyHeader: 'x user' },
      { splits: [] },
    ]) {
      await put(body).expect(400);
    }
  });
});

/** Images that version 2 has answered to callers. */
const answered = (text: string) =>
  /^glimpse_images_total\{model="digits",version="2",outcome="predicted"\} (\d+)$/m.exec(text)?.[1];

describe('a shadow', () => {
  it('sees a share of the images beside the answers, compares them, and tells the metrics', async () => {
    const before = answered((await request(server.url).get('/metrics')).text);
    const rules = { shadow: { version: 2, share: 1 } };
    await request(server.url).put('/models/digits/traffic').send(rules).expect(200);
    for (const name of ['dark', 'left', 'bright'] as const) {
      const { body } = await request(server.url)
        .post('/predict')
        .set('content-type', 'image/png')
        .send(await tinyPng(name))
        .expect(200);
      expect(body.version).toBe(1);
    }
    const counted = async () => {
      const { text } = await request(server.url).get('/metrics');
      const found = text.matchAll(/^glimpse_shadow_images_total\{.*outcome="(\w+)"\} (\d+)$/gm);
      return [...found].map(([, outcome, count]) => [outcome, Number(count)] as const);
    };
    await vi.waitFor(async () => {
      const total = (await counted()).reduce((sum, [, count]) => sum + count, 0);
      expect(total).toBe(3);
    });
    const outcomes = (await counted()).map(([outcome]) => outcome);
    expect(outcomes.filter((outcome) => outcome !== 'agreed' && outcome !== 'disagreed')).toEqual(
      [],
    );
    const { text } = await request(server.url).get('/metrics');
    expect(text).toContain('glimpse_shadow_score_difference_count{model="digits",version="2"} 3');
    expect(answered(text)).toBe(before);
    await request(server.url).put('/models/digits/traffic').send({}).expect(200);
  });
});

describe('a canary', () => {
  it('begins by one call, tells how far it is, and moves production when it has held', async () => {
    const canary = { version: 2, steps: [{ share: 1, bakeSeconds: 0.001 }], minRequests: 3 };
    const path = '/models/digits/traffic';
    const { body } = await request(server.url).put(path).send({ canary }).expect(200);
    const state = { state: 'running', version: 2, present: 1, step: 0 };
    expect(body).toMatchObject({ model: 'digits', canary, canaryState: state });
    for (let at = 0; at < 3; at += 1) {
      const call = request(server.url)
        .post('/predict')
        .send({ instances: [[0, 0, 0, 0]] });
      expect((await call.expect(200)).body.version).toBe(2);
    }
    await vi.waitFor(async () => {
      const now = await request(server.url).get(path).expect(200);
      expect(now.body).toMatchObject({ canaryState: { ...state, state: 'promoted' } });
      expect(now.body).not.toHaveProperty('canary');
    });
    const model = await request(server.url).get('/models/digits').expect(200);
    expect(model.body.labels.production).toBe(2);
    const labels = { version: 1, reason: 'Back again.' };
    await request(server.url).put('/models/digits/labels/production').send(labels).expect(200);
  });
});

const predictAs = async (user: number) => {
  const call = request(server.url).post('/predict').set('x-user', String(user));
  return (await call.send({ instances: [[0, 0, 0, 0]] }).expect(200)).body.version;
};

describe('what a canary is judged by', () => {
  const path = '/models/digits/traffic';
  const traffic = async () => (await request(server.url).get(path).expect(200)).body;
  it('is told while it runs: requests, warnings, latencies and disagreements of both sides', async () => {
    const rules = {
      canary: {
        version: 2,
        steps: [{ share: 0.5, bakeSeconds: 600 }],
        minRequests: 5,
        // A dozen requests of a busy machine say nothing of how long a version takes.
        bands: { latency: 100 },
      },
      shadow: { version: 2, share: 1 },
      stickyHeader: 'x-user',
    };
    const { body } = await request(server.url).put(path).send(rules).expect(200);
    const nothing = { requests: 0, errors: 0, images: 0, warned: 0 };
    expect(body.canaryEvidence).toEqual({
      verdict: 'waiting',
      minRequests: 5,
      present: nothing,
      canary: nothing,
      compared: 0,
      agreed: 0,
    });
    const answered = await Promise.all(Array.from({ length: 24 }, (_, user) => predictAs(user)));
    const byCanary = answered.filter((version) => version === 2).length;
    expect(byCanary).toBeGreaterThan(4);
    const some = { p95Ms: expect.any(Number), errors: 0 };
    await vi.waitFor(async () => {
      const { canaryEvidence } = await traffic();
      expect(canaryEvidence).toMatchObject({
        verdict: 'good',
        canary: { ...some, requests: byCanary, images: byCanary },
        present: { ...some, requests: 24 - byCanary, images: 24 - byCanary },
        // What the canary itself has answered is not shown to it again.
        compared: 24 - byCanary,
      });
    });
    await request(server.url).put(path).send({}).expect(200);
    expect(await traffic()).not.toHaveProperty('canaryEvidence');
  });
});

describe('a rollback', () => {
  it('is one call: a split ends, then the label goes back, in force with the answer', async () => {
    const labels = { version: 2, reason: 'A release.' };
    await request(server.url).put('/models/digits/labels/production').send(labels).expect(200);
    const split = [{ version: 1, weight: 1 }];
    await request(server.url).put('/models/digits/traffic').send({ split }).expect(200);
    const path = '/models/digits/rollback';
    const answeredBy = async (): Promise<number> => {
      const call = request(server.url)
        .post('/predict')
        .send({ instances: [[0, 0, 0, 0]] });
      return (await call.expect(200)).body.version;
    };
    const first = await request(server.url).post(`${path}?reason=Too%20slow.`).expect(200);
    expect(first.body).toMatchObject({ model: 'digits', endedTraffic: true, from: 2, to: 2 });
    expect(await answeredBy()).toBe(2);
    const second = await request(server.url).post(path).expect(200);
    expect(second.body).toMatchObject({ endedTraffic: false, from: 2, to: 1 });
    expect(second.body.labels.production).toBe(1);
    expect(await answeredBy()).toBe(1);
    const { body } = await request(server.url).get('/models/digits/history?limit=2');
    expect(body.entries).toMatchObject([
      { what: 'rollback', label: 'production', from: 2, to: 1 },
      { what: 'rollback', why: 'Too slow.' },
    ]);
    await request(server.url).post('/models/none/rollback').expect(404);
    await request(server.url).post(`${path}?label=none`).expect(404);
  });
});

describe('a protected label', () => {
  it('waits for another caller, who is shown what waits, and may be taken back', async () => {
    const model = '/models/digits';
    const policy = { promote: 'never', protected: ['production'] };
    await request(server.url).put(`${model}/policy`).send(policy).expect(200);
    const wanted = { version: 2, reason: 'A release.' };
    const moved = await request(server.url)
      .put(`${model}/labels/production`)
      .send(wanted)
      .expect(409);
    const { code, details } = moved.body.error;
    expect(code).toBe('GLIMPSE_APPROVAL_PENDING');
    const { body } = await request(server.url).get(`${model}/approvals`).expect(200);
    const askedBy = { kind: 'local', id: '127.0.0.1' };
    expect(body).toMatchObject({
      model: 'digits',
      pending: [{ id: details.approval, kind: 'label', askedBy, change: { version: 2, from: 1 } }],
    });
    const decide = (decision: string) =>
      request(server.url).post(`${model}/approvals/${details.approval}`).send({ decision });
    expect((await decide('approve').expect(403)).body.error.code).toBe('GLIMPSE_APPROVAL_OWN');
    await decide('maybe').expect(400);
    const rejected = await decide('reject').expect(200);
    expect(rejected.body).toMatchObject({ decision: 'reject', approval: { askedBy } });
    await decide('reject').expect(404);
    expect((await request(server.url).get(model)).body.labels.production).toBe(1);
    await request(server.url).get('/models/none/approvals').expect(404);
  });
});

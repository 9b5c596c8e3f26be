import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKey } from '../../src/access/api-key.ts';
import { changeKeyFile } from '../../src/access/key-file.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { closeServers, openServer, type TestServer } from '../support/server.ts';
import { tinyDraft, tinyPixels, tinyPng } from '../support/tiny-version.ts';

let server: TestServer;
let folder: string;
let png: Buffer;
const keys = {
  digits: createKey({ name: 'counter', scopes: ['admin'], models: ['digits'] }, new Date()),
  other: createKey({ name: 'neighbour', scopes: ['admin'], models: ['other'] }, new Date()),
};

beforeAll(async () => {
  folder = await temporaryFolder();
  const file = join(folder, 'keys.json');
  await changeKeyFile(file, () => Object.values(keys).map(({ stored }) => stored));
  const halves = { edges: [0.5], counts: [50, 50] };
  const baseline = {
    examples: 100,
    classes: [50, 50, 0],
    confidence: halves,
    brightness: halves,
  };
  server = await openServer({
    versions: [
      { ...(await tinyDraft({ label: 'production' })), baseline },
      await tinyDraft({ model: 'other', label: 'production' }),
    ],
    env: {
      GLIMPSE_KEYS_FILE: file,
      GLIMPSE_PREDICTION_LOG: join(folder, 'log'),
      GLIMPSE_PREDICTION_LOG_IMAGES: 'all',
      GLIMPSE_PREDICTION_LOG_REDACT: 'brightness',
      GLIMPSE_PREDICTION_LOG_FLUSH_MS: '50',
    },
  });
  png = await tinyPng('left');
});
afterAll(closeServers);

const call = (method: 'get' | 'post', path: string, key: keyof typeof keys = 'digits') =>
  request(server.url)[method](path).set('x-api-key', keys[key].text);
const predict = (model: keyof typeof keys = 'digits') =>
  call('post', `/models/${model}/predict`, model).set('content-type', 'image/png').send(png);

/** Everything under the log's folder, once it says what is waited for. */
async function logged(part: string): Promise<Map<string, string>> {
  for (let tries = 0; tries < 200; tries += 1) {
    const names = await readdir(join(folder, 'log'), { recursive: true }).catch(() => []);
    const files = names.filter((name) => /\.(ndjson|json)$|\/[0-9a-f]{64}$|image$/.test(name));
    const texts = await Promise.all(
      files.map(
        async (name) => [name, await readFile(join(folder, 'log', name), 'latin1')] as const,
      ),
    );
    if (texts.some(([, text]) => text.includes(part))) return new Map(texts);
    await new Promise((resolve) => {
      setTimeout(resolve, 25);
    });
  }
  throw new Error(`never logged: ${part}`);
}

describe('a prediction in the log', () => {
  it('has its id, answer and image, and neither key nor caller nor what is redacted', async () => {
    const { headers } = await predict().expect(200);
    const id = headers['glimpse-prediction-id']!;
    const files = await logged(id);
    const [line] = [...files]
      .flatMap(([name, text]) => (name.endsWith('.ndjson') ? text.trim().split('\n') : []))
      .filter((text) => text.includes(id))
      .map((text) => JSON.parse(text));
    expect(line).toMatchObject({ id: `${id}.0`, model: 'digits', version: 1, class: 'left' });
    expect(line).not.toHaveProperty('brightness');
    const image = [...files].find(([name]) => name.endsWith(line.image));
    expect(Buffer.from(image![1], 'latin1')).toEqual(png);
    const all = [...files.values()].join('\n');
    for (const { text, stored } of Object.values(keys)) {
      for (const secret of [text, stored.id, stored.name]) expect(all).not.toContain(secret);
    }
    // The file is there a moment before it is counted.
    await expect
      .poll(async () => (await request(server.url).get('/metrics')).text)
      .toMatch(/glimpse_prediction_log_lines_total{outcome="written"} [1-9]/);
  });
});

const send = (count: number) =>
  call('post', '/predict')
    .send({ instances: Array.from({ length: count }, () => tinyPixels.bright) })
    .expect(200);

const drift = async () => {
  const { text } = await request(server.url).get('/metrics');
  return /^glimpse_drift_psi{model="digits",version="1",figure="brightness"} (.*)$/m.exec(
    text,
  )?.[1];
};

describe('drift', () => {
  it('is a gauge of a version with a baseline, once there are enough predictions', async () => {
    await send(20);
    expect(await drift()).toBeUndefined();
    await send(40);
    expect(Number(await drift())).toBeGreaterThan(0.25);
  });
});

const label = (id: string, truth: string, key: keyof typeof keys = 'digits', model?: string) =>
  call('post', '/feedback', key).send({ id, class: truth, ...(model && { model }) });

const listed = async () => {
  const { body } = await call('get', '/models/digits/review?limit=1000').expect(200);
  return body.predictions.map((each: { id: string }) => each.id);
};

describe('feedback', () => {
  it('labels a prediction, is stored with its image, and counts into the live accuracy', async () => {
    const ids = [];
    for (let at = 0; at < 4; at += 1) ids.push((await predict()).headers['glimpse-prediction-id']!);
    const { body } = await label(ids[0]!, 'left').expect(200);
    expect(body).toEqual({
      id: `${ids[0]}.0`,
      model: 'digits',
      version: 1,
      predicted: 'left',
      class: 'left',
      stored: 'image',
    });
    for (const id of ids.slice(1, 3)) await label(id, 'left').expect(200);
    await label(`${ids[3]}.0`, 'dark').expect(200);
    await label(`${ids[3]}.0`, 'dark').expect(200);
    const { text } = await request(server.url).get('/metrics');
    expect(text).toContain('glimpse_live_accuracy{model="digits",version="1"} 0.75');
    expect(text).toContain(
      'glimpse_labelled_predictions{model="digits",version="1",outcome="wrong"} 1',
    );
    const image = await call('get', `/models/digits/predictions/${ids[3]}/image`).expect(200);
    expect([image.headers['content-type'], image.body]).toEqual(['image/png', png]);
  });

  it('of another key’s model finds nothing to label, to list or to show', async () => {
    const { headers } = await predict();
    const id = headers['glimpse-prediction-id']!;
    const absent = '01a21ec1-ff40-7000-8000-000000000000';
    for (const model of [undefined, 'digits', 'other']) {
      const { body } = await label(id, 'left', 'other', model).expect(404);
      expect(body.error).toMatchObject({ code: 'GLIMPSE_PREDICTION_NOT_FOUND' });
      const other = await label(absent, 'left', 'other', model).expect(404);
      expect(other.body.error.message.replace(absent, id)).toContain(id);
      expect(other.body.error.code).toBe(body.error.code);
    }
    await call('get', '/models/digits/review', 'other').expect(403);
    await call('get', `/models/digits/predictions/${id}/image`, 'other').expect(403);
    await call('get', `/models/other/predictions/${id}/image`, 'other').expect(404);
    const { body } = await call('get', '/models/other/review', 'other').expect(200);
    expect(body.predictions).toEqual([]);
  });

  it('needs a scope that an asking client does not have', async () => {
    const { headers } = await predict();
    const body = { id: headers['glimpse-prediction-id'], class: 'left' };
    await request(server.url).post('/feedback').send(body).expect(401);
  });

  it('is refused when it is no class, no id, or more than is taken', async () => {
    const { headers } = await predict();
    const id = headers['glimpse-prediction-id']!;
    await label(id, 'cat').expect(422);
    await label('../../etc', 'left').expect(400);
    await call('post', '/feedback').send({ id, class: 'left', note: 'x' }).expect(400);
  });

  it('is asked for by a review, until it is given', async () => {
    const { headers } = await predict();
    const id = `${headers['glimpse-prediction-id']}.0`;
    expect(await listed()).toContain(id);
    await label(id, 'left').expect(200);
    expect(await listed()).not.toContain(id);
  });
});

const replay = (version: number, body: object = {}) =>
  call('post', `/models/digits/versions/${version}/replay`).send(body);

describe('a replay', () => {
  it('shows what another version would have answered, and counts nothing as a prediction', async () => {
    const { headers } = await predict();
    const id = `${headers['glimpse-prediction-id']}.0`;
    await logged(id);
    await server.repository.publish(await tinyDraft({ shift: 50 }));
    await server.registry.reconcile();
    const { body } = await replay(2).expect(200);
    expect(body).toMatchObject({ model: 'digits', version: 2, isComplete: true });
    expect(body.replayed).toBe(body.same + body.changed.length);
    const changed = body.changed.find((each: { id: string }) => each.id === id);
    expect(changed).toMatchObject({
      before: { version: 1, class: 'left' },
      after: { version: 2, class: 'bright' },
    });
    expect((await replay(1).expect(200)).body).toMatchObject({ changed: [] });
    expect(await replay(2, { limit: 1 })).toMatchObject({
      body: { replayed: 1, isComplete: false },
    });
    const { text } = await request(server.url).get('/metrics');
    expect(text).not.toContain('glimpse_images_total{model="digits",version="2"');
  });

  it('is refused for other keys, unknown versions, and times that are none', async () => {
    await call('post', '/models/digits/versions/1/replay', 'other').send({}).expect(403);
    await replay(99).expect(404);
    await replay(1, { from: 'yesterday' }).expect(400);
    for (const end of ['from', 'to']) {
      const leap = await replay(1, { [end]: '2016-12-31T23:59:60Z' }).expect(400);
      expect(leap.body.error).toMatchObject({
        code: 'GLIMPSE_INVALID_REQUEST',
        details: { path: `/${end}` },
      });
    }
    const always = { from: '0000-01-01T00:00:00Z', to: '9999-12-31T23:59:59-23:59' };
    expect((await replay(1, always).expect(200)).body.replayed).toBeGreaterThan(0);
    await replay(1, { limit: 1001 }).expect(400);
  });
});

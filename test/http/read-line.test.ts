import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { strokes } from '../../scripts/drawing/glyphs.ts';
import { takeLine, type LinePicture, type Spacing } from '../../scripts/drawing/lines.ts';
import { stepsOf } from '../../src/preprocessing/steps.ts';
import { createRandom } from '../../src/random.ts';
import type { VersionDraft } from '../../src/repository/repository.ts';
import { closeServers, openServer, type TestServer } from '../support/server.ts';
import { shippedModels } from '../support/shipped-models.ts';
import { tinyDraft, tinyPng } from '../support/tiny-version.ts';

let server: TestServer;
let first: LinePicture;
let second: LinePicture;

const draw = (written: string, spacing: Spacing = 'spaced'): Promise<LinePicture> =>
  takeLine(createRandom(3).fork(written), strokes, written, 'number', spacing, 0, 60);

beforeAll(async () => {
  const env = { GLIMPSE_REPOSITORY: await shippedModels(), GLIMPSE_MAX_DIGITS: '7' };
  server = await openServer({ versions: [], env });
  [first, second] = await Promise.all([draw('3014'), draw('27')]);
}, 60_000);
afterAll(closeServers);

/** The shipped net, as somebody would publish it who sends amounts. */
async function digitsThatReadAll(): Promise<VersionDraft> {
  const folder = join(import.meta.dirname, '../../models/digits/1');
  const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as Pick<
    VersionDraft,
    'signature' | 'preprocessing'
  >;
  return {
    model: 'digits',
    runtime: 'onnx',
    entry: 'model.onnx',
    signature: manifest.signature,
    preprocessing: { ...stepsOf(manifest.preprocessing), read: 'all' },
    golden: [],
    lineage: { source: 'tests' },
    metrics: { accuracy: 1 },
    files: new Map([['model.onnx', await readFile(join(folder, 'model.onnx'))]]),
  };
}

const post = (query = '?read=line') => request(server.url).post(`/predict${query}`);
const sendImage = (bytes: Buffer, query?: string) =>
  post(query).set('content-type', 'image/png').send(bytes);

const firstOf = async (bytes: Buffer, query?: string) =>
  (await sendImage(bytes, query)).body.predictions[0];

const texts = (body: { predictions: { text: string }[] }): string[] =>
  body.predictions.map(({ text }) => text);

async function counted(): Promise<number> {
  const { text } = await request(server.url).get('/metrics');
  const [, count] = /^glimpse_images_total\{.*outcome="predicted"\} (\d+)$/m.exec(text) ?? [];
  return Number(count ?? 0);
}

describe('a picture whose digits are all read', () => {
  it('is answered with its text and each digit with score and box, in reading order', async () => {
    const { status, body } = await sendImage(first.bytes);
    expect(status).toBe(200);
    const [reading] = body.predictions;
    expect(reading).toMatchObject({ text: '3014', width: first.width, height: first.height });
    expect(reading.lines).toHaveLength(1);
    const { digits } = reading.lines[0];
    expect(digits.map(({ label }: { label: string }) => label)).toEqual(['3', '0', '1', '4']);
    for (const [index, { score, top, box }] of digits.entries()) {
      expect(score).toBeGreaterThan(0.5);
      expect(top).toHaveLength(3);
      const truth = first.boxes[index]!;
      for (const side of ['left', 'top', 'right', 'bottom'] as const) {
        expect(Math.abs(box[side] - truth[side])).toBeLessThan(4);
      }
    }
  });

  it('may be one of several in a form, or be sent as base64', async () => {
    const form = await post()
      .attach('a', first.bytes, 'first.png')
      .attach('b', second.bytes, 'second.png');
    expect(texts(form.body)).toEqual(['3014', '27']);
    const instances = [second, first].map(({ bytes }) => ({ b64: bytes.toString('base64') }));
    const json = await post().send({ instances });
    expect(texts(json.body)).toEqual(['27', '3014']);
  });

  it('counts as so many images as it has digits', async () => {
    const before = await counted();
    const { headers } = await sendImage(first.bytes, '?read=line&evidence=true');
    expect(await counted()).toBe(before + 4);
    expect(headers['glimpse-batch']).toMatch(/items=4/);
  });

  it('has no line where nothing is written', async () => {
    const { body } = await sendImage(await tinyPng('bright'));
    expect(body.predictions).toMatchObject([{ text: '', written: '', lines: [] }]);
  });
});

describe('a picture of several digits that is asked for one', () => {
  it('is answered with the warning several, and none of its digits is where all are read', async () => {
    const far = await draw('27', 'wide');
    expect(await firstOf(far.bytes, '')).toMatchObject({ warnings: ['several'] });
    const jpeg = await sharp(far.bytes).jpeg({ quality: 95 }).toBuffer();
    const { body } = await post('').set('content-type', 'image/jpeg').send(jpeg);
    expect(body.predictions[0]).toMatchObject({ warnings: ['several'] });
    const { lines } = await firstOf(far.bytes);
    expect(lines[0].digits).toHaveLength(2);
    for (const digit of lines[0].digits) expect(digit).not.toHaveProperty('warnings');
    expect(await firstOf((await draw('5')).bytes, '')).not.toHaveProperty('warnings');
  });
});

describe('a version whose contract says that every digit is read', () => {
  let all: TestServer;
  beforeAll(async () => {
    all = await openServer({ versions: [await digitsThatReadAll()] });
  }, 60_000);
  const ask = (query: string) =>
    request(all.url).post(`/predict${query}`).set('content-type', 'image/png').send(first.bytes);

  it('does so where a request does not say', async () => {
    const { status, body } = await ask('');
    expect([status, body.predictions[0].text]).toEqual([200, '3014']);
    const { body: described } = await request(all.url).get('/models/digits/versions/1');
    expect(described.preprocessing).toMatchObject({ read: 'all' });
    const { text } = await request(all.url).get('/models/digits/versions/1/card');
    expect(text).toContain('every digit on it');
  });

  it('answers one digit where it is asked for, by the APIs of others, and to pixels only then', async () => {
    const { body } = await ask('?read=one');
    expect(body.predictions[0]).toMatchObject({ warnings: ['several'] });
    const examples = [{ image: { b64: first.bytes.toString('base64') } }];
    const classify = request(all.url).post('/v1/models/digits:classify');
    expect((await classify.send({ examples })).body.results[0]).toHaveLength(10);
    const pixels = { instances: [Array.from({ length: 784 }, (_, at) => (at % 28 > 12 ? 0 : 9))] };
    const refused = await request(all.url).post('/predict').send(pixels);
    expect([refused.status, refused.body.error.code]).toEqual([422, 'GLIMPSE_CANNOT_READ_LINES']);
    const one = await request(all.url).post('/predict?read=one').send(pixels);
    expect(one.body.predictions[0]).toHaveProperty('label');
  });
});

describe('what cannot be read', () => {
  it('is a picture of more digits than may be, which fails alone with partial=true', async () => {
    const many = await draw('12345678');
    const { status, body } = await sendImage(many.bytes);
    expect([status, body.error.code]).toEqual([422, 'GLIMPSE_TOO_MANY_DIGITS']);
    const partial = await post('?read=line&partial=true')
      .attach('a', many.bytes, 'many.png')
      .attach('b', second.bytes, 'second.png');
    expect(partial.body.predictions).toMatchObject([
      { error: { code: 'GLIMPSE_TOO_MANY_DIGITS' } },
      { text: '27' },
    ]);
  });

  it('is pixels, and the images of a model that does not find handwriting', async () => {
    const pixels = await post().send({ instances: [Array.from({ length: 784 }, () => 0)] });
    expect([pixels.status, pixels.body.error.code]).toEqual([422, 'GLIMPSE_CANNOT_READ_LINES']);
    const other = await openServer({ versions: [await tinyDraft()] });
    const answer = await request(other.url)
      .post('/predict?read=line')
      .set('content-type', 'image/png')
      .send(first.bytes);
    expect([answer.status, answer.body.error.code]).toEqual([422, 'GLIMPSE_CANNOT_READ_LINES']);
    const unknown = await sendImage(first.bytes, '?read=page');
    expect(unknown.status).toBe(400);
  });
});

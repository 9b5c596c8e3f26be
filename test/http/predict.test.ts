import sharp from 'sharp';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plainContract } from '../../src/preprocessing/presets.ts';
import { closeServers, openServer, type TestServer } from '../support/server.ts';
import { tinyLogits, tinySignature } from '../support/tiny-onnx.ts';
import { tinyDraft, tinyPixels, tinyPng, tinyScores } from '../support/tiny-version.ts';

let server: TestServer;
let pngs: Record<'dark' | 'left' | 'bright', Buffer>;

beforeAll(async () => {
  pngs = {
    dark: await tinyPng('dark'),
    left: await tinyPng('left'),
    bright: await tinyPng('bright'),
  };
  server = await openServer({
    versions: [
      await tinyDraft({ label: 'production' }),
      await tinyDraft({ shift: 50, label: 'candidate' }),
      await tinyDraft({ model: 'other' }),
      {
        ...(await tinyDraft({ model: 'pictures' })),
        preprocessing: plainContract({ width: 2, height: 2, channels: 1 }),
      },
      {
        ...(await tinyDraft({ model: 'each' })),
        golden: [],
        signature: { ...tinySignature, output: { ...tinySignature.output, kind: 'sigmoid' } },
      },
    ],
  });
});
afterAll(closeServers);

const post = () => request(server.url).post('/predict?topK=1');
const ask = (path: string) =>
  request(server.url)
    .post(path)
    .send({ instances: [tinyPixels.dark] });
const labels = (body: { predictions: { label: string }[] }) =>
  body.predictions.map(({ label }) => label);

/** What a model of the second form of the contract scores an image of any container. */
const scoresOf = async (bytes: Buffer): Promise<Record<string, number>> => {
  const { body } = await request(server.url)
    .post('/models/pictures/predict')
    .set('content-type', 'application/octet-stream')
    .send(bytes)
    .expect(200);
  const top: { label: string; score: number }[] = body.predictions[0].top;
  return Object.fromEntries(top.map(({ label, score }) => [label, score]));
};

describe('POST /predict', () => {
  it('answers a bare image with its class, score and the runners-up', async () => {
    const { body, headers } = await request(server.url)
      .post('/predict')
      .set('content-type', 'image/png')
      .send(pngs.left)
      .expect(200);
    const [dark, left, bright] = tinyScores('left');
    expect(body).toEqual({
      model: 'digits',
      version: 1,
      predictions: [
        {
          label: 'left',
          score: expect.closeTo(left!, 5),
          top: [
            { label: 'left', score: expect.closeTo(left!, 5) },
            ...[
              { label: 'dark', score: expect.closeTo(dark!, 5) },
              { label: 'bright', score: expect.closeTo(bright!, 5) },
            ].toSorted(() => (dark! > bright! ? 0 : -1)),
          ],
        },
      ],
    });
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
  });

  it('answers the same picture the same in every container, and a JPEG of it nearly', async () => {
    const data = Uint8Array.from({ length: 90 * 61 * 3 }, (_, at) =>
      Math.round(128 + 100 * Math.sin(at / 700) + 20 * Math.cos(at / 3)),
    );
    const picture = sharp(data, { raw: { width: 90, height: 61, channels: 3 } });
    const [png, webp, tiff, jpeg] = await Promise.all([
      picture.clone().png().toBuffer(),
      picture.clone().webp({ lossless: true }).toBuffer(),
      picture.clone().tiff({ compression: 'lzw' }).toBuffer(),
      picture.clone().jpeg({ quality: 95 }).toBuffer(),
    ]);
    const scores = await scoresOf(png);
    expect(await scoresOf(webp)).toEqual(scores);
    expect(await scoresOf(tiff)).toEqual(scores);
    const lossy = await scoresOf(jpeg);
    for (const [label, score] of Object.entries(scores)) {
      expect(Math.abs(lossy[label]! - score)).toBeLessThan(0.02);
    }
  });

  it('answers every form of body the same', async () => {
    const pixels = [...tinyPixels.bright];
    const answers = await Promise.all([
      post().set('content-type', 'image/png').send(pngs.bright),
      post().set('content-type', 'application/octet-stream').send(pngs.bright),
      post().attach('anything', pngs.bright, 'x.png'),
      post().send({ instances: [{ b64: pngs.bright.toString('base64') }] }),
      post().send({ instances: [`data:image/png;base64,${pngs.bright.toString('base64')}`] }),
      post().send({ instances: [pixels] }),
      post().send({ instances: [[[pixels.slice(0, 2), pixels.slice(2)]]] }),
    ]);
    for (const { status, body } of answers) {
      expect([status, body]).toEqual([200, answers[0].body]);
    }
    expect(labels(answers[0].body)).toEqual(['bright']);
  });

  it('serves the scores of a model with a sigmoid for each class as they are', async () => {
    const { body } = await ask('/models/each/predict').expect(200);
    const raw = tinyLogits(tinyPixels.dark);
    const scores = body.predictions[0].top.map(({ score }: { score: number }) => score);
    expect(scores).toEqual(raw.toSorted((a, b) => b - a).map((score) => expect.closeTo(score, 4)));
  });

  it('answers many images as one batch, in the order of the request', async () => {
    const names = ['bright', 'dark', 'left', 'dark', 'bright', 'left', 'left'] as const;
    const form = request(server.url).post('/predict');
    for (const name of names) void form.attach('f', pngs[name], `${name}.png`);
    expect(labels((await form.expect(200)).body)).toEqual(names);
    const mixed = await request(server.url)
      .post('/predict')
      .send({ instances: [tinyPixels.dark, { b64: pngs.left.toString('base64') }] })
      .expect(200);
    expect(labels(mixed.body)).toEqual(['dark', 'left']);
  });

  it.each([
    [1, 1],
    [2, 2],
    [3, 3],
  ])('answers topK=%i with as many classes', async (topK, count) => {
    const { body } = await request(server.url)
      .post(`/predict?topK=${topK}`)
      .send({ instances: [tinyPixels.dark] })
      .expect(200);
    expect(body.predictions[0].top).toHaveLength(count);
  });

  it('tells in server-timing where the time went', async () => {
    const { headers } = await request(server.url)
      .post('/predict')
      .set('content-type', 'image/png')
      .send(pngs.dark);
    expect(headers['server-timing']).toMatch(
      /^receive;dur=[\d.]+, decode;dur=[\d.]+, queue;dur=[\d.]+, infer;dur=[\d.]+, wait;dur=[\d.]+, price;dur=[\d.]+;desc="\d+ bytes"$/,
    );
  });

  it('names in its headers the call, what answered it, and its batches', async () => {
    const send = () => request(server.url).post('/predict').set('content-type', 'image/png');
    const [one, two] = [await send().send(pngs.dark), await send().send(pngs.dark)];
    const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    expect(one.headers['glimpse-prediction-id']).toMatch(uuid);
    expect(two.headers['glimpse-prediction-id']).not.toBe(one.headers['glimpse-prediction-id']);
    expect(one.headers['glimpse-batch']).toMatch(/^b[0-9a-f]{8}-\d+;size=1;items=1$/);
    const { files } = await server.repository.manifest('digits', 1);
    const model = files.find(({ path }) => path === 'model.onnx')!;
    expect(one.headers['glimpse-model-digest']).toBe(`sha256:${model.sha256}`);
    expect(one.headers['glimpse-preprocessing-digest']).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(one.body).not.toHaveProperty('evidence');
  });

  it('says the same image by image with ?evidence=true', async () => {
    const instances = [tinyPixels.dark, [1, 2], tinyPixels.left];
    const { body, headers } = await request(server.url)
      .post('/predict?evidence=true&partial=true')
      .send({ instances })
      .expect(200);
    const id = headers['glimpse-prediction-id']!;
    const batch = { id: headers['glimpse-batch']!.split(';')[0], size: 2 };
    const number = expect.any(Number) as number;
    const marks = { damaged: false, icc: false, alpha: false, enlarged: 1, cropped: false };
    const provenance = { format: 'pixels', ...marks };
    expect(body.evidence).toEqual({
      id,
      modelDigest: headers['glimpse-model-digest'],
      preprocessingDigest: headers['glimpse-preprocessing-digest'],
      milliseconds: { receive: number, decode: number, queue: number, infer: number },
      images: [
        { id: `${id}.0`, batch, provenance },
        { id: `${id}.1` },
        { id: `${id}.2`, batch, provenance },
      ],
    });
  });

  it('has no batch where no image was usable', async () => {
    const { headers } = await request(server.url)
      .post('/predict?partial=true')
      .send({ instances: [[1, 2]] })
      .expect(200);
    expect(headers['glimpse-prediction-id']).toBeDefined();
    expect(headers['glimpse-batch']).toBeUndefined();
  });

  it('names the bad image of a batch and refuses all of it', async () => {
    const { body } = await request(server.url)
      .post('/predict')
      .attach('f', pngs.dark, 'a.png')
      .attach('f', Buffer.from('no image'), 'b.png')
      .expect(415);
    expect(body.error).toMatchObject({ code: 'GLIMPSE_UNSUPPORTED_FORMAT', details: { index: 1 } });
  });

  it('answers the good images beside the bad ones with ?partial=true', async () => {
    const { body } = await request(server.url)
      .post('/predict?partial=true&topK=1')
      .send({
        instances: [
          { b64: '!' },
          tinyPixels.left,
          [1, 2],
          { b64: pngs.dark.toString('base64') },
          7,
        ],
      })
      .expect(200);
    expect(body.predictions).toMatchObject([
      { error: { code: 'GLIMPSE_BAD_BASE64' } },
      { label: 'left' },
      { error: { code: 'GLIMPSE_PIXEL_COUNT' } },
      { label: 'dark' },
      { error: { code: 'GLIMPSE_INVALID_REQUEST' } },
    ]);
  });

  it('answers 100 callers at once, each with what is theirs', async () => {
    const names = ['dark', 'left', 'bright'] as const;
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        request(server.url)
          .post('/predict')
          .set('content-type', 'image/png')
          .send(pngs[names[i % 3]!]),
      ),
    );
    expect(answers.map(({ body }) => labels(body)[0])).toEqual(answers.map((_, i) => names[i % 3]));
  });
});

describe('which version answers', () => {
  it.each([
    ['/predict', 'digits', 1, 'dark'],
    ['/models/digits/predict', 'digits', 1, 'dark'],
    ['/models/digits/versions/2/predict', 'digits', 2, 'bright'],
    ['/models/digits/labels/candidate/predict', 'digits', 2, 'bright'],
    ['/models/digits/labels/latest/predict', 'digits', 2, 'bright'],
    ['/models/other/predict', 'other', 1, 'dark'],
  ])('%s is answered by %s version %i', async (path, model, version, label) => {
    const { body } = await ask(path).expect(200);
    expect(body).toMatchObject({ model, version, predictions: [{ label }] });
  });

  it.each([
    ['/models/none/predict', 404, 'GLIMPSE_MODEL_NOT_FOUND'],
    ['/models/digits/versions/9/predict', 404, 'GLIMPSE_VERSION_NOT_FOUND'],
    ['/models/digits/labels/none/predict', 404, 'GLIMPSE_LABEL_NOT_FOUND'],
    ['/models/.hidden/predict', 400, 'GLIMPSE_BAD_NAME'],
    ['/models/a%2F..%2Fb/predict', 400, 'GLIMPSE_BAD_NAME'],
    ['/models/digits/versions/0/predict', 400, 'GLIMPSE_INVALID_REQUEST'],
    ['/models/digits/versions/one/predict', 400, 'GLIMPSE_INVALID_REQUEST'],
    ['/predict?topK=0', 400, 'GLIMPSE_INVALID_REQUEST'],
    ['/predict?topK=many', 400, 'GLIMPSE_INVALID_REQUEST'],
    ['/predict?top=1', 400, 'GLIMPSE_INVALID_REQUEST'],
    ['/predict?partial=perhaps', 400, 'GLIMPSE_INVALID_REQUEST'],
  ])('%s is refused with %i %s', async (path, status, code) => {
    const { body } = await ask(path).expect(status);
    expect(body.error.code).toBe(code);
  });
});

describe('the deadline of a call', () => {
  it.each(['0', '-1', '1.5', 'soon', '99999999999'])('is not %s', async (timeout) => {
    const { body } = await request(server.url)
      .post('/predict')
      .set('x-request-timeout-ms', timeout)
      .send({ instances: [tinyPixels.dark] })
      .expect(400);
    expect(body.error.code).toBe('GLIMPSE_BAD_REQUEST');
  });

  it('may be longer than the server allows, and is capped then', async () => {
    await request(server.url)
      .post('/predict')
      .set('x-request-timeout-ms', '999999999')
      .send({ instances: [tinyPixels.dark] })
      .expect(200);
  });
});

describe('the metrics of predict calls', () => {
  it('hold every stage, the batch sizes and the images by version', async () => {
    const { text } = await request(server.url).get('/metrics');
    for (const stage of ['receive', 'decode', 'queue', 'infer', 'encode']) {
      expect(text).toMatch(
        new RegExp(`glimpse_stage_seconds_count{stage="${stage}",model="digits"} [1-9]`),
      );
    }
    expect(text).toMatch(/glimpse_batch_size_count{model="digits"} [1-9]/);
    expect(text).toMatch(
      /glimpse_images_total{model="digits",version="1",outcome="predicted"} [1-9]/,
    );
    expect(text).toMatch(/glimpse_images_total{model="digits",version="1",outcome="failed"} 5/);
    expect(text).toContain('glimpse_version_state{model="digits",version="2",state="READY"} 1');
    expect(text).toMatch(/glimpse_input_formats_total{model="digits",format="png"} [1-9]/);
    expect(text).toMatch(/glimpse_input_formats_total{model="digits",format="pixels"} [1-9]/);
    expect(text).not.toContain('glimpse_input_marks_total{');
    expect(text).toContain('glimpse_queue_depth{model="digits",version="1"} 0');
    expect(text).toContain('glimpse_ready 1');
  });
});

import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { warningsText } from '../../src/http/dialects/warnings-text.ts';
import { mnistPreprocessing } from '../../src/preprocessing/contract-one.ts';
import { jpegKinds } from '../image/images.ts';
import { closeServers, openServer, type TestServer } from '../support/server.ts';
import { tinyDraft, tinyPixels } from '../support/tiny-version.ts';

let server: TestServer;
const gate = { minContrast: 0.05, minSeparability: 0.8, minScore: 1 };

beforeAll(async () => {
  const draft = await tinyDraft();
  const looksForInk = { ...mnistPreprocessing, width: 2, height: 2 };
  server = await openServer({
    versions: [
      { ...draft, preprocessing: looksForInk, golden: [], gate },
      { ...draft, model: 'older' },
      { ...draft, model: 'sets', gate: { sets: { minScore: 0.2, coverage: 0.9 } } },
    ],
  });
});
afterAll(closeServers);

const ask = (path: string, ...instances: unknown[]) =>
  request(server.url).post(path).send({ instances });

const infer = (model: string) => request(server.url).post(`/v2/models/${model}/infer`);

const sendTwo = async (query: string) => {
  const { whole, cutAndEnded } = await jpegKinds();
  return request(server.url)
    .post(`/models/older/predict${query}`)
    .attach('a', whole, 'whole.jpg')
    .attach('b', cutAndEnded, 'cut.jpg');
};

describe('an image that is damaged inside its file', () => {
  it('is answered with the warning damaged, which is counted', async () => {
    const { status, body } = await sendTwo('');
    expect([status, body.predictions[1].warnings]).toEqual([200, ['damaged']]);
    expect(body.predictions[0]).not.toHaveProperty('warnings');
    const { text } = await request(server.url).get('/metrics');
    expect(text).toContain('glimpse_prediction_warnings_total{model="older",warning="damaged"} 1');
  });

  it('refuses the request with strict=true, or itself alone with partial=true beside', async () => {
    const error = { code: 'GLIMPSE_IMAGE_DAMAGED' };
    const { status, body } = await sendTwo('?strict=true');
    expect([status, body.error]).toMatchObject([422, { ...error, details: { index: 1 } }]);
    const partial = await sendTwo('?strict=true&partial=true');
    expect(partial.body.predictions).toMatchObject([{ label: expect.any(String) }, { error }]);
  });
});

describe('warnings on the wire', () => {
  it('stand in each prediction by themselves, and are counted', async () => {
    const { body } = await ask('/predict', tinyPixels.dark, tinyPixels.left).expect(200);
    expect(body).toMatchObject({
      predictions: [{ warnings: ['blank', 'uncertain'] }, { warnings: ['uncertain'] }],
    });
    const { text } = await request(server.url).get('/metrics');
    const counts = [
      ...text.matchAll(/^glimpse_prediction_warnings_total\{(.*digits.*)\} (\d+)$/gm),
    ];
    expect(counts.map(([, labels, count]) => `${labels} ${count}`)).toEqual([
      'model="digits",warning="blank" 1',
      'model="digits",warning="uncertain" 2',
    ]);
  });

  it('are left out where there is none, as with a version that has no gate', async () => {
    const { body } = await ask('/models/older/predict', tinyPixels.dark).expect(200);
    const { predictions } = body as { predictions: object[] };
    expect(predictions.map((each) => Object.keys(each))).toEqual([['label', 'score', 'top']]);
  });

  it('come with their thresholds in the description of the version', async () => {
    expect((await request(server.url).get('/models/digits/versions/1')).body).toMatchObject({
      gate,
    });
    expect((await request(server.url).get('/models/older/versions/1')).body).not.toHaveProperty(
      'gate',
    );
  });
});

describe('prediction sets', () => {
  it('hold the classes that cannot be excluded, best first, where they are asked for', async () => {
    const { body } = await ask('/models/sets/predict?sets=true&topK=1', tinyPixels.left).expect(
      200,
    );
    const [{ label, score, top, set }] = body.predictions;
    expect(top).toEqual([{ label, score }]);
    const all = (await ask('/models/sets/predict', tinyPixels.left)).body.predictions[0];
    expect(all).not.toHaveProperty('set');
    const expected = all.top.filter((each: { score: number }) => each.score >= 0.2);
    expect(set).toEqual(expected.map((each: { label: string }) => each.label));
  });

  it('are refused where the version has no threshold for them', async () => {
    const { body } = await ask('/models/older/predict?sets=true', tinyPixels.left).expect(409);
    expect(body.error).toMatchObject({ code: 'GLIMPSE_NO_SETS' });
  });
});

describe('warnings by the APIs of other servers', () => {
  const both = [tinyPixels.dark, tinyPixels.left];
  const expected = 'blank="0", uncertain="0-1"';
  it.each([
    ['/v1/models/digits:predict', { inputs: { pixels: both } }],
    ['/endpoints/digits/invocations', { inputs: { pixels: both } }],
    [
      '/v2/models/digits/infer',
      { inputs: [{ name: 'pixels', datatype: 'UINT8', shape: [2, 4], data: both }] },
    ],
  ])('stand in a header: %s', async (path, body) => {
    const { headers } = await request(server.url).post(path).send(body).expect(200);
    expect(headers['glimpse-warnings']).toBe(expected);
  });

  it('stand in an answer of the Open Inference Protocol, and are left out where there is none', async () => {
    const inputs = [{ name: 'pixels', datatype: 'UINT8', shape: [2, 4], data: both }];
    const { body } = await infer('digits').send({ inputs });
    expect(body.parameters).toEqual({ glimpse_warnings: expected });
    const without = await infer('older').send({ inputs });
    expect(without.body).not.toHaveProperty('parameters');
    expect(without.headers).not.toHaveProperty('glimpse-warnings');
  });

  it('are listed in ranges, and by their names alone where those would not fit in a head', () => {
    const uncertain = { label: 'a', score: 0.1, top: [], warnings: ['uncertain' as const] };
    const sure = { label: 'a', score: 0.9, top: [] };
    const failed = { error: { code: 'GLIMPSE_IMAGE_DAMAGED', message: '' } };
    expect(warningsText({ predictions: [sure, failed] })).toBeUndefined();
    expect(
      warningsText({
        predictions: [uncertain, sure, uncertain, uncertain, uncertain, failed, uncertain],
      }),
    ).toBe('uncertain="0 2-4 6"');
    const every = Array.from({ length: 1_000 }, (_, at) => (at % 2 === 0 ? uncertain : sure));
    expect(warningsText({ predictions: every })).toBe('uncertain');
  });
});

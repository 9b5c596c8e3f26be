import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
    ],
  });
});
afterAll(closeServers);

const ask = (path: string, ...instances: unknown[]) =>
  request(server.url).post(path).send({ instances });

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

import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mnistPreprocessing } from '../../src/signature.ts';
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

describe('warnings on the wire', () => {
  it('stand in each prediction by themselves, and are counted', async () => {
    const { body } = await ask('/predict', tinyPixels.dark, tinyPixels.left).expect(200);
    expect(body).toMatchObject({
      predictions: [{ warnings: ['blank', 'uncertain'] }, { warnings: ['uncertain'] }],
    });
    const { text } = await request(server.url).get('/metrics');
    const counts = [...text.matchAll(/^glimpse_prediction_warnings_total\{(.*)\} (\d+)$/gm)];
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

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Epoch } from '../../src/training/events.ts';
import type { SearchTrial } from '../../src/training/searching/search-events.ts';
import { closeServers, openServer, type TestServer } from '../support/server.ts';
import { bars, tinyRequest } from '../training/tiny-run.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let server: TestServer;
beforeAll(async () => {
  server = await openServer({
    env: { GLIMPSE_DEFAULT_MODEL: 'bars', GLIMPSE_SEARCH_MAX_TRIALS: '5' },
    versions: [],
    beforeStart: async (folder) => {
      await mkdir(join(folder, 'datasets'));
      await writeFile(join(folder, 'datasets', 'bars.csv'), bars(120));
    },
  });
});
afterAll(closeServers);

const ranges = { 'optimizer.learningRate': { type: 'log-uniform', from: 0.0005, to: 0.05 } };
const train = { ...tinyRequest, epochs: 4 };
const halving = { train, ranges, trials: 2, method: 'successive-halving', reduction: 2 };

const post = (body: object) => request(server.url).post('/searches').send(body);
const get = async (path: string, status = 200) =>
  (await request(server.url).get(path).expect(status)).body;

/** What was tried and what came of it, without what is another each time. */
const valuesOf = ({ trials }: { trials: SearchTrial[] }) =>
  trials.map(({ trial, epochs, parameters, accuracy, loss }) => [
    trial,
    epochs,
    parameters,
    accuracy,
    loss,
  ]);

const curveOf = (history: Epoch[]) =>
  history.map(({ loss, validationLoss }) => [loss, validationLoss]);

describe('POST /searches', () => {
  it('tries its ranges by jobs, and publishes a training by the best values, measured on what no trial saw', async () => {
    const { body, headers } = await post(halving).expect(202);
    expect(headers['location']).toBe(`/searches/${body.id}`);
    await expect
      .poll(async () => (await get(`/searches/${body.id}`)).state, {
        timeout: 90_000,
        interval: 200,
      })
      .toMatch(/succeeded|failed/);
    const search = await get(`/searches/${body.id}`);
    expect(search).toMatchObject({
      kind: 'search',
      state: 'succeeded',
      request: { method: 'successive-halving', model: 'bars', epochs: 4 },
      trials: [
        { trial: 1, epochs: 2, state: 'succeeded' },
        { trial: 2, epochs: 2, state: 'succeeded' },
        { epochs: 4, state: 'succeeded' },
      ],
      winner: { version: 1 },
    });

    const trial = await get(`/train/${search.trials[2].job}`);
    expect(trial).toMatchObject({
      kind: 'trial',
      metrics: { examples: 12, measuredOn: 'validation examples, which the search chooses by' },
      dataset: { parts: { training: 96, validation: 12, test: 12 } },
    });
    expect(trial.history).toHaveLength(4);
    const winner = await get(`/train/${search.winner.job}`);
    expect(winner).toMatchObject({
      kind: 'train',
      version: 1,
      release: { decision: 'promoted' },
      metrics: { examples: 12, measuredOn: 'examples of the dataset set aside before training' },
      request: { optimizer: { learningRate: search.winner.parameters['optimizer.learningRate'] } },
    });
    // The same seed: the training of the winner is that of its trial, on the same examples.
    expect(curveOf(winner.history)).toEqual(curveOf(trial.history));
    expect(winner.dataset.parts).toEqual(trial.dataset.parts);
    expect((await get('/models/bars')).versions).toHaveLength(1);

    const again = await post({ ...halving, publishWinner: false })
      .set('prefer', 'wait=60')
      .expect(200);
    expect(valuesOf(again.body)).toEqual(valuesOf(search));
    expect(again.body.winner).toMatchObject({ trial: search.winner.trial });
    expect(again.body.winner.version).toBeUndefined();
    expect((await get('/models/bars')).versions).toHaveLength(1);
    const { searches } = await get('/searches');
    expect(searches.map(({ id }: { id: string }) => id)).toEqual([again.body.id, body.id]);
  });

  it('is cancelled with the trial that is at work', async () => {
    const long = { ...train, epochs: 10_000 };
    const { body } = await post({ train: long, ranges, trials: 2 }).expect(202);
    await expect
      .poll(async () => (await get(`/searches/${body.id}`)).trials?.[0]?.job, { timeout: 30_000 })
      .toBeDefined();
    await request(server.url).delete(`/searches/${body.id}`).expect(200);
    await expect
      .poll(async () => (await get(`/searches/${body.id}`)).state, { timeout: 30_000 })
      .toBe('cancelled');
    const [{ job }] = (await get(`/searches/${body.id}`)).trials;
    await expect
      .poll(async () => (await get(`/train/${job}`)).state, { timeout: 30_000 })
      .toBe('cancelled');
    await request(server.url).delete(`/searches/${body.id}`).expect(409);
  });

  it.each([
    [{}, 'GLIMPSE_INVALID_REQUEST'],
    [{ ranges, trials: 0 }, 'GLIMPSE_INVALID_REQUEST'],
    [{ ranges, trials: 6 }, 'GLIMPSE_SEARCH_TOO_LARGE'],
    [{ ranges: {} }, 'GLIMPSE_SEARCH_RANGE_INVALID'],
    [
      { ranges: { learningRate: { type: 'uniform', from: 0, to: 1 } } },
      'GLIMPSE_SEARCH_PARAMETER_UNKNOWN',
    ],
    [{ ranges: { l2: { type: 'normal', from: 0, to: 1 } } }, 'GLIMPSE_INVALID_REQUEST'],
    [{ ranges: { l2: { type: 'uniform', from: 0, to: 2 } } }, 'GLIMPSE_SEARCH_RANGE_INVALID'],
    [{ ranges, train: { epochs: 0 } }, 'GLIMPSE_INVALID_REQUEST'],
    [{ ranges, maxSeconds: 0 }, 'GLIMPSE_INVALID_REQUEST'],
    [[], 'GLIMPSE_INVALID_REQUEST'],
  ])('refuses %j', async (body, code) => {
    const { body: answer } = await post(body).expect(400);
    expect(answer.error.code).toBe(code);
  });

  it('refuses files, and a dataset that is not there', async () => {
    const form = request(server.url)
      .post('/searches')
      .field('request', '{}')
      .attach('data', Buffer.from('a,1\n'), 'a.csv');
    expect((await form).status).toBeGreaterThanOrEqual(400);
    const missing = { ranges, train: { dataset: { uri: 'nosuch' } } };
    expect((await post(missing).expect(404)).body.error.code).toBe('GLIMPSE_DATASET_NOT_FOUND');
  });
});

describe('GET /searches/{id}', () => {
  it('knows no job that is no search', async () => {
    const { body } = await request(server.url)
      .post('/train')
      .send({ ...train, epochs: 1 });
    for (const id of [body.id, 'nosuch']) {
      expect((await get(`/searches/${id}`, 404)).error.code).toBe('GLIMPSE_JOB_NOT_FOUND');
      await request(server.url).delete(`/searches/${id}`).expect(404);
    }
    await request(server.url).delete(`/train/${body.id}`);
  });
});

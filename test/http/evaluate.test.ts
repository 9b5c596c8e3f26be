import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { JobRecord } from '../../src/jobs/record.ts';
import { closeServers, openServer, type TestServer } from '../support/server.ts';
import { tinyDraft } from '../support/tiny-version.ts';
import { bars, tinyRequest } from '../training/tiny-run.ts';

let server: TestServer;

/** A server with bars.csv to train on and other.csv to measure on. */
beforeAll(async () => {
  // It looks into its repository only when it is told to.
  const env = { GLIMPSE_POLL_INTERVAL_MS: '0', GLIMPSE_RESCAN_INTERVAL_MS: '0' };
  server = await openServer({ env });
  const datasets = join(server.folder, 'datasets');
  await mkdir(datasets, { recursive: true });
  await writeFile(join(datasets, 'bars.csv'), bars(120));
  await writeFile(join(datasets, 'other.csv'), bars(60, 9));
});
afterAll(closeServers);

const post = (path: string, body: object | FormData, headers = {}) =>
  fetch(server.url + path, {
    method: 'POST',
    body: body instanceof FormData ? body : JSON.stringify(body),
    headers:
      body instanceof FormData ? headers : { 'content-type': 'application/json', ...headers },
  });

async function ended(answer: Response): Promise<JobRecord> {
  expect(answer.status).toBe(202);
  const location = answer.headers.get('location')!;
  return vi.waitFor(
    async () => {
      const job = (await (await fetch(server.url + location)).json()) as JobRecord;
      expect(job.endedAt).toBeDefined();
      return job;
    },
    { timeout: 60_000, interval: 50 },
  );
}

describe('a training job that is told to have succeeded', { timeout: 120_000 }, () => {
  it('has a version that answers at once', async () => {
    const submitted = await post('/train', { ...tinyRequest, model: 'fresh' });
    const events = await fetch(`${server.url}${submitted.headers.get('location')}/events`);
    expect((await events.text()).trimEnd()).toMatch(/"state":"succeeded","version":1}$/);
    const instances = [Array.from({ length: 36 }, () => 0)];
    const answer = await post('/models/fresh/versions/1/predict', { instances });
    expect(answer.status).toBe(200);
  });
});

describe('POST /models/{model}/versions/{version}/evaluate', { timeout: 120_000 }, () => {
  it('measures a version as a job, from a file and from an upload alike', async () => {
    const trained = await ended(await post('/train', { ...tinyRequest, epochs: 20 }));
    expect(trained).toMatchObject({ kind: 'train', state: 'succeeded', version: 1 });
    const path = '/models/bars/versions/1/evaluate';
    const waited = await post(path, { dataset: { uri: 'other.csv' } }, { prefer: 'wait=60' });
    expect(waited.status).toBe(200);
    expect(waited.headers.get('preference-applied')).toBe('wait=60');
    const job = (await waited.json()) as JobRecord;
    expect(waited.headers.get('location')).toBe(`/train/${job.id}`);
    expect(Object.keys(job.timings!).toSorted()).toEqual(['evaluate', 'read']);
    expect(job).toMatchObject({
      kind: 'evaluate',
      state: 'succeeded',
      version: 1,
      request: { model: 'bars', version: 1, dataset: { uri: 'other.csv' } },
      dataset: { examples: 60, parts: { training: 0, validation: 0, test: 60 } },
      metrics: {
        examples: 60,
        measuredOn: 'examples of other.csv',
        confusionMatrix: expect.any(Array),
        perClass: expect.any(Array),
      },
    });
    expect(job.metrics!.accuracy).toBeGreaterThan(0.9);
    expect(job.metrics).toMatchObject({
      servedAccuracy: job.metrics!.accuracy,
      served: { images: 60 },
    });

    const form = new FormData();
    form.append('file', new Blob([bars(60, 9)]), 'mine.csv');
    const uploaded = await ended(await post(path, form));
    expect({ ...uploaded.metrics, measuredOn: '' }).toEqual({ ...job.metrics, measuredOn: '' });
  });

  it('measures a version that somebody else has just published', async () => {
    const { version } = await server.repository.publish({
      ...(await tinyDraft()),
      model: 'foreign',
    });
    const path = `/models/foreign/versions/${version}/evaluate`;
    expect((await post(path, { dataset: { uri: 'other.csv' } })).status).toBe(202);
  });

  it.each([
    [
      'a version that is not there',
      '/models/bars/versions/7/evaluate',
      { dataset: { uri: 'other.csv' } },
      404,
    ],
    [
      'a dataset that is not there',
      '/models/digits/versions/1/evaluate',
      { dataset: { uri: 'none.csv' } },
      404,
    ],
    ['no dataset at all', '/models/digits/versions/1/evaluate', {}, 404],
    ['a field nobody knows', '/models/digits/versions/1/evaluate', { epochs: 5 }, 400],
    ['a model in the body', '/models/digits/versions/1/evaluate', { model: 'digits' }, 400],
    ['a list', '/models/digits/versions/1/evaluate', [], 400],
    [
      'a dataset outside of the root',
      '/models/digits/versions/1/evaluate',
      { dataset: { uri: '../x.csv' } },
      403,
    ],
  ])('refuses %s at once', async (_, path, body, status) => {
    expect((await post(path, body)).status).toBe(status);
  });

  it('fails the job when the examples are of classes the version does not know', async () => {
    const job = await ended(
      await post('/models/digits/versions/1/evaluate', { dataset: { uri: 'other.csv' } }),
    );
    expect(job).toMatchObject({ state: 'failed', error: { code: 'GLIMPSE_TOO_MANY_BAD_ROWS' } });
  });
});

import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import request from 'supertest';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { VersionDraft } from '../../src/repository/repository.ts';
import { signInTo } from '../support/s3-options.ts';
import { startS3Server } from '../support/s3-server.ts';
import { closeServers, openServer, type TestServer } from '../support/server.ts';
import { tinyDraft, tinyPng } from '../support/tiny-version.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await closeServers();
  for (const close of closers.splice(0)) await close();
  vi.unstubAllEnvs();
});

const connections = 32;

interface Load {
  /** Every answer so far: its status and the version that gave it. */
  readonly answers: { status: number; version: number | undefined; label: string | undefined }[];
  stop(): Promise<void>;
}

/** 32 kept-open connections that predict all the time, and leave the processor some. */
function predictAllTheTime(url: string, png: Buffer): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const answers: Load['answers'] = [];
  const over = new AbortController();
  const one = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const { status, body } = await request(url)
        .post('/predict')
        .agent(agent)
        .set('connection', 'keep-alive')
        .set('content-type', 'image/png')
        .send(png)
        .catch((error: unknown) => ({ status: 0, body: { version: String(error) } }));
      answers.push({ status, version: body.version, label: body.predictions?.[0]?.label });
      await sleep(25);
    }
  };
  const running = Array.from({ length: connections }, one);
  return {
    answers,
    async stop() {
      over.abort();
      await Promise.all(running);
      agent.destroy();
    },
  };
}

/** Publishes version 2 (answers "bright" to everything) and version 3, which is broken, under load. */
async function publishUnderLoad(server: TestServer, broken: VersionDraft): Promise<void> {
  const load = predictAllTheTime(server.url, await tinyPng('dark'));
  const versions = () => new Set(load.answers.map(({ version }) => version));
  await expect.poll(() => load.answers.length, { timeout: 20_000 }).toBeGreaterThan(connections);
  expect([...versions()]).toEqual([1]);

  await server.repository.publish(await tinyDraft({ shift: 50 }));
  await expect.poll(() => [...versions()], { timeout: 20_000 }).toEqual([1, 2]);

  await server.repository.publish(broken);
  const reasons = async (): Promise<string> =>
    (await request(server.url).get('/readyz')).body.reasons.join();
  await expect.poll(reasons, { timeout: 20_000 }).toContain('version 3, which cannot be loaded');
  const answered = load.answers.length;
  await expect
    .poll(() => load.answers.length, { timeout: 20_000 })
    .toBeGreaterThan(answered + connections);
  await load.stop();

  expect(load.answers.filter(({ status }) => status !== 200)).toEqual([]);
  const wrong = load.answers.filter(
    ({ version, label }) => label !== (version === 1 ? 'dark' : 'bright'),
  );
  expect(wrong).toEqual([]);
  expect([...versions()]).toEqual([1, 2]);
  const { body } = await request(server.url).get('/models/digits/versions/3').expect(200);
  expect(body).toMatchObject({ state: 'UNAVAILABLE', reason: { message: expect.any(String) } });
}

describe('a server that does not look by itself', () => {
  it('answers at once for a model and a version that were published beside it', async () => {
    const env = { GLIMPSE_POLL_INTERVAL_MS: '0', GLIMPSE_RESCAN_INTERVAL_MS: '0' };
    const { repository, url } = await openServer({ env });
    const instances = [[255, 255, 255, 255]];
    const ask = (path: string) => request(url).post(path).send({ instances });
    await ask('/models/cats/predict').expect(404);
    await repository.publish(await tinyDraft({ model: 'dogs', shift: 50 }));
    const { body } = await ask('/models/dogs/predict').expect(200);
    expect(body).toMatchObject({ model: 'dogs', version: 1, predictions: [{ label: 'bright' }] });
    await repository.publish(await tinyDraft({ model: 'horses' }));
    await request(url).get('/models/horses').expect(200);
  });
});

describe('a version published while 32 connections predict', () => {
  it('is picked up from a folder with no failed request, and a broken one never answers', async () => {
    const server = await openServer();
    const broken = await tinyDraft({ onnx: Buffer.from('this is no graph') });
    await publishUnderLoad(server, broken);
  }, 90_000);

  it('is picked up from S3 with no failed request, and a broken one never answers', async () => {
    const s3 = await startS3Server();
    closers.push(() => s3.close());
    signInTo(s3);
    const server = await openServer({
      env: {
        GLIMPSE_REPOSITORY: `s3://${s3.bucket}/some/where`,
        GLIMPSE_S3_ENDPOINT: s3.endpoint,
        GLIMPSE_S3_REGION: s3.region,
      },
    });
    // Every download of version 3 arrives with a bent byte.
    s3.fault({ effect: { kind: 'flip', at: 100 }, matching: /GET .*\/3\/model\.onnx/, times: 1e6 });
    await publishUnderLoad(server, await tinyDraft({ shift: 70 }));
  }, 90_000);
});

describe('POST /models/{model}/refresh', () => {
  it('polls at once, not at the next interval: a rollback made elsewhere is in force with its answer', async () => {
    const { url, repository } = await openServer({
      versions: [await tinyDraft(), await tinyDraft({ shift: 1, label: 'production' })],
      env: { GLIMPSE_POLL_INTERVAL_MS: '3600000', GLIMPSE_RESCAN_INTERVAL_MS: '3600000' },
    });
    const serving = async () => (await request(url).get('/models/digits').expect(200)).body.serving;
    expect(await serving()).toBe(2);
    await repository.setLabel({ model: 'digits', label: 'production', version: 1 });
    expect(await serving()).toBe(2);
    const { body } = await request(url).post('/models/digits/refresh').expect(200);
    expect(body).toMatchObject({ serving: 1, labels: { production: 1 } });
  });
});

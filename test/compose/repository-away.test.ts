import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import request from 'supertest';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openRepository } from '../../src/compose/open.ts';
import { readConfig } from '../../src/config.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { signInTo } from '../support/s3-options.ts';
import { startS3Server, type S3Server } from '../support/s3-server.ts';
import { startServerProcess, type ServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { tinyDraft, tinyPng } from '../support/tiny-version.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let s3: S3Server;
let publisher: Repository;
let env: Record<string, string>;
let png: Buffer;
const processes: ServerProcess[] = [];

beforeAll(async () => {
  s3 = await startS3Server();
  signInTo(s3);
  png = await tinyPng('left');
  env = {
    ...s3.env,
    GLIMPSE_HOST: '127.0.0.1',
    GLIMPSE_PORT: '0',
    GLIMPSE_REPOSITORY: `s3://${s3.bucket}/models`,
    GLIMPSE_DATA_DIR: await temporaryFolder(),
    GLIMPSE_S3_ENDPOINT: s3.endpoint,
    GLIMPSE_S3_REQUEST_TIMEOUT_MS: '4000',
    GLIMPSE_S3_MAX_ATTEMPTS: '2',
    GLIMPSE_POLL_INTERVAL_MS: '500',
    GLIMPSE_DRAIN_DELAY_MS: '0',
    GLIMPSE_CANONICALISE_THREADS: '1',
  };
  publisher = openRepository(readConfig(env));
  await publisher.publish(await tinyDraft());
  await publisher.publish(await tinyDraft());
  await publisher.setLabel({ model: 'digits', label: 'production', version: 1 });
});
afterEach(async () => {
  for (const server of processes.splice(0)) await kill(server);
});
afterAll(async () => {
  await publisher.close();
  await s3.close();
});

/** As the power does it: nothing is written after this. */
async function kill({ child, ended }: ServerProcess): Promise<void> {
  child.kill('SIGKILL');
  await ended;
}

async function start(changes: Record<string, string> = {}) {
  const server = startServerProcess({ ...env, ...changes });
  processes.push(server);
  const up = await server.line(({ msg }) => msg === 'Glimpse is up');
  const url = String(up['url']).replace('localhost', '127.0.0.1');
  const predict = (path = '/predict') =>
    request(url).post(path).set('content-type', 'image/png').send(png);
  return { ...server, url, up, predict };
}

/** Every call is taken in and not answered before its caller has given up, as when packets are lost behind a firewall. */
const hang = () => s3.fault({ effect: { kind: 'delay', ms: 8_000 }, times: 1e9 });
const production = (version: number) =>
  publisher.setLabel({ model: 'digits', label: 'production', version });

describe('a server that starts while S3 does not answer', () => {
  it('answers from what is kept within the wait, marked stale wherever one looks, until S3 answers', async () => {
    const before = await start();
    const fresh = await before.predict().expect(200);
    expect({ version: fresh.body.version, stale: fresh.headers['glimpse-stale'] }).toEqual({
      version: 1,
      stale: undefined,
    });
    await kill(before);

    hang();
    const { url, predict, up, lines } = await start({ GLIMPSE_START_WAIT_MS: '500' });
    expect(up).toMatchObject({ ready: true });
    // The first poll, which takes 8 s to fail, is still waiting.
    expect(lines.map(({ msg }) => msg)).not.toContain(
      'the repository (GLIMPSE_REPOSITORY) did not answer',
    );
    const stale = await predict().expect(200);
    expect(stale.body.version).toBe(1);
    expect(stale.headers['glimpse-stale']).toMatch(/^\d{1,2}$/);
    const { body: health } = await request(url).get('/readyz').expect(200);
    expect(health.reasons[0]).toMatch(
      /^What is served is stale: the repository s3:\/\/models\/models has not answered since 2\S+Z\.$/,
    );
    const { body: models } = await request(url).get('/models').expect(200);
    expect(health.reasons[0]).toContain(models.staleSince);
    expect((await request(url).get('/metrics')).text).toContain('\nglimpse_repository_stale 1\n');

    s3.clearFaults();
    await production(2);
    await vi.waitFor(
      async () => {
        const now = await predict().expect(200);
        expect(now.body.version).toBe(2);
        expect(now.headers['glimpse-stale']).toBeUndefined();
      },
      { timeout: 60_000, interval: 200 },
    );
    expect((await request(url).get('/readyz').expect(200)).body.reasons).toEqual([]);
    expect((await request(url).get('/models')).body.staleSince).toBeUndefined();
    expect((await request(url).get('/metrics')).text).toContain('\nglimpse_repository_stale 0\n');
  });

  it('serves no file that was changed in the cache, refuses to publish, and mixes up no repositories', async () => {
    const before = await start();
    await before.predict().expect(200);
    await kill(before);
    const folder = join(env['GLIMPSE_DATA_DIR']!, 'versions', await idOf(), 'digits', '2');
    await writeFile(join(folder, 'model.onnx'), 'another model');
    s3.fault({ effect: { kind: 'reset' }, times: 1e9 });

    const { url, predict, up } = await start({ GLIMPSE_START_WAIT_MS: '1000' });
    expect(up).toMatchObject({ ready: false });
    expect((await predict().expect(503)).body.error.message).toContain(
      'version 2 of digits is not kept on this machine, or is damaged',
    );
    const one = await predict('/models/digits/versions/1/predict').expect(200);
    expect(one.headers['glimpse-stale']).toBeDefined();
    const label = request(url).put('/models/digits/labels/production').send({ version: 1 });
    expect((await label.expect(503)).body.error.code).toBe('GLIMPSE_STORE_UNAVAILABLE');

    const other = await start({ GLIMPSE_REPOSITORY: `s3://${s3.bucket}/others` });
    expect(other.up).toMatchObject({ ready: false });
    expect((await request(other.url).get('/models')).body.models).toEqual([]);
  });
});

/** The folder of this repository in the cache. */
async function idOf(): Promise<string> {
  const [id, ...others] = await readdir(join(env['GLIMPSE_DATA_DIR']!, 'versions'));
  expect(others).toEqual([]);
  return id!;
}

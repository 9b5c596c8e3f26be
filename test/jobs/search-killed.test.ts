import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { JobRecord } from '../../src/jobs/record.ts';
import { startServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../datasets/dataset-files.ts';
import { bars, tinyRequest } from '../training/tiny-run.ts';

const patience = { timeout: 90_000, interval: 50 };
const ranges = { 'optimizer.learningRate': { type: 'log-uniform', from: 0.0005, to: 0.05 } };

it('a search whose server is killed with -9 goes on with its trials, and publishes one version', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'datasets'));
  await writeFile(join(folder, 'datasets', 'bars.csv'), bars(120));
  const start = async () => {
    const server = startServerProcess({
      GLIMPSE_HOST: '127.0.0.1',
      GLIMPSE_PORT: '0',
      GLIMPSE_REPOSITORY: join(folder, 'models'),
      GLIMPSE_DATA_DIR: join(folder, 'data'),
      GLIMPSE_DATASET_ROOT: join(folder, 'datasets'),
      GLIMPSE_CHECKPOINT_INTERVAL_MS: '50',
      GLIMPSE_DRAIN_DELAY_MS: '0',
    });
    onTestFinished(() => void server.child.kill('SIGKILL'));
    const { url } = await server.line(({ url }) => typeof url === 'string');
    const call = async (path: string, init?: RequestInit) =>
      (await (await fetch(String(url) + path, init)).json()) as JobRecord;
    return { ...server, call };
  };
  const asked = { train: { ...tinyRequest, epochs: 150 }, ranges, trials: 3 };
  let server = await start();
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify(asked);
  const { id } = await server.call('/searches', { method: 'POST', headers, body });
  const trialsOf = async () => (await server.call(`/searches/${id}`)).trials ?? [];
  for (const trial of [1, 2]) {
    await vi.waitFor(async () => {
      const job = (await trialsOf()).find((one) => one.trial === trial)?.job;
      const { history = [] } = job === undefined ? {} : await server.call(`/train/${job}`);
      expect(history.length).toBeGreaterThan(2);
    }, patience);
    server.child.kill('SIGKILL');
    await server.ended;
    server = await start();
  }
  await vi.waitFor(
    async () => expect((await server.call(`/searches/${id}`)).state).toBe('succeeded'),
    patience,
  );
  const { winner, trials = [] } = await server.call(`/searches/${id}`);
  expect(winner).toMatchObject({ version: 1 });
  expect(trials.map(({ trial, state }) => [trial, state])).toEqual([
    [1, 'succeeded'],
    [2, 'succeeded'],
    [3, 'succeeded'],
  ]);
  const { jobs } = (await server.call('/train')) as unknown as { jobs: JobRecord[] };
  expect(jobs.map(({ kind }) => kind).toSorted()).toEqual([
    'search',
    'train',
    'trial',
    'trial',
    'trial',
  ]);
  const { versions } = (await server.call('/models/bars')) as unknown as { versions: unknown[] };
  expect(versions).toHaveLength(1);
}, 240_000);

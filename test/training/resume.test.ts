import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { JobRecord } from '../../src/jobs/record.ts';
import { startServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../datasets/dataset-files.ts';
import { bars, tinyRequest } from './tiny-run.ts';

const patience = { timeout: 90_000, interval: 50 };

/** A folder with bars.csv, on which real servers are started one after the other. */
async function site() {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'datasets'));
  await writeFile(join(folder, 'datasets', 'bars.csv'), bars(120));
  const env = {
    GLIMPSE_HOST: '127.0.0.1',
    GLIMPSE_PORT: '0',
    GLIMPSE_REPOSITORY: join(folder, 'models'),
    GLIMPSE_DATA_DIR: join(folder, 'data'),
    GLIMPSE_DATASET_ROOT: join(folder, 'datasets'),
    GLIMPSE_CHECKPOINT_INTERVAL_MS: '50',
    GLIMPSE_TRAIN_THREADS: '2',
    GLIMPSE_DRAIN_DELAY_MS: '0',
  };
  const start = async () => {
    const server = startServerProcess(env);
    onTestFinished(() => void server.child.kill('SIGKILL'));
    const line = await server.line(({ url }) => typeof url === 'string');
    const url = String(line['url']);
    const get = async (path: string) => (await fetch(url + path)).json();
    const train = async (request: object): Promise<JobRecord> => {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify(request);
      const answer = await fetch(`${url}/train`, { method: 'POST', headers, body });
      return (await answer.json()) as JobRecord;
    };
    const job = async (id: string) => (await get(`/train/${id}`)) as JobRecord;
    return { ...server, train, job };
  };
  const model = (version: number) => readFile(join(folder, `models/bars/${version}/model.onnx`));
  return { folder, start, model };
}

describe('a job whose server is killed', { timeout: 240_000 }, () => {
  it.each([
    ['by itself', { epochs: 300 }],
    ['with its batches shared among threads', { epochs: 300, workers: 2 }],
  ])('goes on with the next server to the bytes of an undisturbed run: %s', async (_, changes) => {
    const { folder, start, model } = await site();
    const request = { ...tinyRequest, ...changes };
    const first = await start();
    const { id } = await first.train(request);
    const checkpoint = join(folder, 'data', 'jobs', id, 'work', 'checkpoint');
    await vi.waitFor(() => stat(checkpoint), patience);
    first.child.kill('SIGKILL');
    await first.ended;

    const second = await start();
    await vi.waitFor(async () => expect((await second.job(id)).state).toBe('succeeded'), patience);
    expect(await second.job(id)).toMatchObject({ attempts: 2, version: 1 });
    const whole = await second.train(request);
    await vi.waitFor(
      async () => expect((await second.job(whole.id)).state).toBe('succeeded'),
      patience,
    );
    expect((await model(1)).equals(await model(2))).toBe(true);
    const losses = async (job: string) => (await second.job(job)).history.map(({ loss }) => loss);
    expect(await losses(id)).toEqual(await losses(whole.id));
  });
});

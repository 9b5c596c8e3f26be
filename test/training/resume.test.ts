import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { JobRecord } from '../../src/jobs/record.ts';
import type { TrainRequest } from '../../src/training/request.ts';
import { startServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../datasets/dataset-files.ts';
import { bars, tinyRequest, tinyWorkshop } from './tiny-run.ts';

const patience = { timeout: 90_000, interval: 100 };

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

/** The bytes and losses of the same run in this process, which nothing disturbs. */
async function undisturbed(request: TrainRequest) {
  const { folder, events, run } = await tinyWorkshop();
  await run(request);
  const bytes = await readFile(join(folder, 'models/bars/1/model.onnx'));
  return {
    bytes,
    losses: events.flatMap((event) => (event.type === 'epoch' ? event.epoch.loss : [])),
  };
}

describe('a job whose server is stopped or killed', { timeout: 240_000 }, () => {
  it('goes on to the bytes of an undisturbed run, its batches shared or not; only the kill spends an attempt', async () => {
    const { folder, start, model } = await site();
    const requests: TrainRequest[] = [{ epochs: 300 }, { epochs: 300, workers: 2 }];
    let server = await start();
    const jobs: string[] = [];
    for (const request of requests) {
      jobs.push((await server.train({ ...tinyRequest, ...request })).id);
    }
    for (const id of jobs) {
      await vi.waitFor(
        () => stat(join(folder, 'data', 'jobs', id, 'work', 'checkpoint')),
        patience,
      );
      server.child.kill('SIGTERM');
      expect(await server.ended).toBe(0);
      server = await start();
      await vi.waitFor(
        async () => expect(await server.job(id)).toMatchObject({ state: 'running', attempts: 1 }),
        patience,
      );
      server.child.kill('SIGKILL');
      await server.ended;
      server = await start();
    }
    for (const [index, id] of jobs.entries()) {
      await vi.waitFor(
        async () => expect((await server.job(id)).state).toBe('succeeded'),
        patience,
      );
      const { attempts, version, history } = await server.job(id);
      expect({ attempts, version }).toEqual({ attempts: 2, version: index + 1 });
      const whole = await undisturbed(requests[index]!);
      expect((await model(index + 1)).equals(whole.bytes)).toBe(true);
      expect(history.map(({ loss }) => loss)).toEqual(whole.losses);
    }
  });
});

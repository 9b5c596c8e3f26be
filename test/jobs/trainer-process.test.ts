import { fork } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createRepository } from '../../src/repository/model-repository.ts';
import { createDiskStore } from '../../src/repository/stores/disk/disk-store.ts';
import { openJobQueue } from '../../src/jobs/queue.ts';
import { createJobStore } from '../../src/jobs/store.ts';
import { createTrainerLauncher, type TrainerOptions } from '../../src/jobs/launch-trainer.ts';
import { compiledTrainer } from '../support/programs.ts';
import { openerOver, temporaryFolder } from '../datasets/dataset-files.ts';
import { noOutputs } from './predicting/prediction-parts.ts';
import { bars, tinyRequest } from '../training/tiny-run.ts';

/** A queue whose jobs run in real training processes, on a folder with bars.csv and a repository. */
async function workshop(changes: Partial<TrainerOptions> = {}) {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'bars.csv'), bars(120));
  const pids: number[] = [];
  /** Of every process: how many epochs were done before it. */
  const resumedFrom: number[] = [];
  const launch = createTrainerLauncher({
    entry: compiledTrainer(),
    settings: {
      GLIMPSE_REPOSITORY: join(folder, 'models'),
      GLIMPSE_DATA_DIR: join(folder, 'data'),
      GLIMPSE_DATASET_ROOT: folder,
      GLIMPSE_CHECKPOINT_INTERVAL_MS: 50,
    },
    niceness: 0,
    memoryBytes: 2 ** 31,
    stopGraceMs: 20_000,
    onStart: (pid) => pids.push(pid),
    ...changes,
  });
  const repository = createRepository({
    store: createDiskStore({ root: join(folder, 'models') }),
    cacheDir: join(folder, 'cache'),
    maxArtifactBytes: 1e8,
  });
  const open = async () => {
    const queue = await openJobQueue({
      store: createJobStore({ folder: join(folder, 'jobs') }),
      launch,
      accept: {
        datasets: openerOver(folder),
        defaultModel: 'digits',
        checkRoom: (model) => repository.checkRoom(model),
        checkVersion: (model, version) => repository.manifest(model, version),
        versions: repository,
        outputs: noOutputs,
        searches: { maxTrials: 20 },
      },
      maxQueued: 5,
      keep: 10,
      onEvent: (_, event) => event.type === 'net' && resumedFrom.push(event.history.length),
    });
    onTestFinished(() => queue.close());
    return queue;
  };
  return { folder, repository, open, pids, resumedFrom };
}

/** Long enough that whatever a test does to it happens in its middle. */
const endless = { ...tinyRequest, epochs: 10_000 };
const patience = { timeout: 60_000, interval: 20 };

describe('a training process', { timeout: 120_000 }, () => {
  it('trains from an uploaded file, tells every epoch, and publishes', async () => {
    const { folder, open, repository } = await workshop();
    const queue = await open();
    const file = join(folder, 'part');
    await writeFile(file, bars(90, 3));
    const { job } = await queue.submit(
      'train',
      { ...tinyRequest, dataset: {} },
      { uploads: [{ part: 'file', name: 'mine.csv', file }] },
    );
    const told: string[] = [];
    for await (const event of queue.events(job.id, { signal: new AbortController().signal }))
      told.push(event.type);
    expect(queue.get(job.id)).toMatchObject({
      state: 'succeeded',
      version: 1,
      dataset: { examples: 90, badRows: { count: 0, rows: [] }, classes: ['flat', 'none', 'tall'] },
      net: { stepsPerEpoch: 5 },
      metrics: { examples: 9, confusionMatrix: expect.any(Array) },
      timings: { train: expect.any(Number) },
    });
    expect(told.filter((type) => type === 'epoch')).toHaveLength(8);
    expect(queue.get(job.id).history.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect((await repository.manifest('bars', 1)).lineage).toMatchObject({ job: job.id, seed: 1 });
    const log = await queue.logs(job.id);
    for (const line of ['stage: reading', 'dataset: 90 examples', 'epoch 8: loss', 'exit code 0']) {
      expect(log).toContain(line);
    }
  });

  it('stands back for serving', async () => {
    const { open, pids } = await workshop({ niceness: 5 });
    const queue = await open();
    await queue.submit('train', endless);
    await vi.waitFor(() => expect(queue.list()[0]!.history.length).toBeGreaterThan(0), patience);
    expect(getPriority(pids[0])).toBe(5);
  });

  it('passes on why a job cannot be done, with the rows at fault', async () => {
    const { folder, open } = await workshop();
    const queue = await open();
    await writeFile(join(folder, 'bad.csv'), `${bars(30)}flat,1,2\nflat,x\n`);
    const { job } = await queue.submit('train', { ...tinyRequest, dataset: { uri: 'bad.csv' } });
    await vi.waitFor(() => expect(queue.get(job.id).state).toBe('failed'), patience);
    expect(queue.get(job.id).error).toMatchObject({
      code: 'GLIMPSE_TOO_MANY_BAD_ROWS',
      details: {
        badRows: {
          count: 2,
          rows: [
            { line: 31, reason: 'it has 2 pixels instead of 36' },
            { line: 32, reason: expect.any(String) },
          ],
        },
      },
    });
    const dense = { type: 'dense', units: 64 };
    const { job: other } = await queue.submit('train', {
      ...tinyRequest,
      optimizer: { name: 'sgd', learningRate: 100 },
      epochs: 50,
      architecture: { layers: [{ type: 'flatten' }, dense, dense, { type: 'dense' }] },
    });
    await vi.waitFor(() => expect(queue.get(other.id).state).toBe('failed'), patience);
    expect(queue.get(other.id).error!.code).toBe('GLIMPSE_TRAINING_DIVERGED');
    // Where it came from stands in the log only.
    expect(await queue.logs(job.id)).toMatch(/ stderr: {5}at /);
  });

  it('ends soon when its job is cancelled, and publishes nothing', async () => {
    const { open, repository } = await workshop();
    const queue = await open();
    const { job } = await queue.submit('train', endless);
    await vi.waitFor(() => expect(queue.get(job.id).history.length).toBeGreaterThan(0), patience);
    await queue.cancel(job.id);
    await vi.waitFor(() => expect(queue.get(job.id).state).toBe('cancelled'), patience);
    expect(await repository.versions('bars')).toEqual([]);
  });

  it('that is killed is replaced by one that ends with the same bytes', async () => {
    const { folder, open, pids, resumedFrom } = await workshop();
    const queue = await open();
    const request = { ...tinyRequest, epochs: 400 };
    const [killed, whole] = [
      await queue.submit('train', request),
      await queue.submit('train', request),
    ].map(({ job }) => job.id);
    await vi.waitFor(() => expect(queue.get(killed!).history.length).toBeGreaterThan(2), patience);
    await vi.waitFor(() => stat(join(folder, 'jobs', killed!, 'work', 'checkpoint')), patience);
    process.kill(pids[0]!, 'SIGKILL');
    await vi.waitFor(() => expect(resumedFrom).toHaveLength(3), patience);
    expect(resumedFrom[1]).toBeGreaterThan(0);
    await vi.waitFor(() => expect(queue.get(whole!).state).toBe('succeeded'), patience);
    expect(queue.get(killed!)).toMatchObject({ state: 'succeeded', attempts: 2, version: 1 });
    expect(queue.get(killed!).history.map(({ loss }) => loss)).toEqual(
      queue.get(whole!).history.map(({ loss }) => loss),
    );
    const bytes = (version: number) => readFile(join(folder, `models/bars/${version}/model.onnx`));
    expect((await bytes(1)).equals(await bytes(2))).toBe(true);
  });

  it('that keeps being killed makes its job fail', async () => {
    const { open, pids } = await workshop();
    const queue = await open();
    const { job } = await queue.submit('train', endless);
    for (let death = 0; death < 3; death += 1) {
      await vi.waitFor(() => expect(pids).toHaveLength(death + 1), patience);
      process.kill(pids[death]!, 'SIGKILL');
    }
    await vi.waitFor(() => expect(queue.get(job.id).state).toBe('failed'), patience);
    expect(queue.get(job.id).error).toMatchObject({
      code: 'GLIMPSE_TRAINER_DIED',
      message: expect.stringContaining('SIGKILL (so does the system when its memory runs out)'),
    });
    expect((await queue.logs(job.id)).match(/attempt \d ended: died/g)).toHaveLength(3);
  });

  it('with too much memory is stopped, and its job fails for that reason', async () => {
    const { open } = await workshop({ memoryBytes: 64 * 2 ** 20 });
    const queue = await open();
    const { job } = await queue.submit('train', endless);
    await vi.waitFor(() => expect(queue.get(job.id).state).toBe('failed'), patience);
    expect(queue.get(job.id).error).toMatchObject({ code: 'GLIMPSE_TRAINING_MEMORY' });
  });

  it('that runs out of heap makes its job fail for that reason, at the first attempt', async () => {
    const { folder, open } = await workshop({ memoryBytes: 256 * 2 ** 20 });
    const queue = await open();
    // One line that becomes far more objects than the heap can hold, before anybody measures anything.
    await writeFile(
      join(folder, 'bomb.ndjson'),
      `{"label":1,"pixels":[${'{},'.repeat(7_000_000)}{}]}\n`,
    );
    const { job } = await queue.submit('train', {
      ...tinyRequest,
      dataset: { uri: 'bomb.ndjson' },
    });
    await vi.waitFor(() => expect(queue.get(job.id).state).toBe('failed'), patience);
    expect(queue.get(job.id)).toMatchObject({
      attempts: 1,
      error: { code: 'GLIMPSE_TRAINING_MEMORY' },
    });
    expect(await queue.logs(job.id)).toMatch(/ stderr: FATAL ERROR: .*heap/);
  });

  it('is put aside when the server stops, and its job goes on with the next server', async () => {
    const { open, repository } = await workshop();
    const before = await open();
    const { job } = await before.submit('train', { ...tinyRequest, epochs: 500 });
    await vi.waitFor(() => expect(before.get(job.id).history.length).toBeGreaterThan(0), patience);
    await before.close();
    expect(before.get(job.id).state).toBe('interrupted');
    const after = await open();
    await vi.waitFor(() => expect(after.get(job.id).state).toBe('succeeded'), patience);
    expect(after.get(job.id).history).toHaveLength(500);
    expect(await repository.versions('bars')).toEqual([1]);
  });

  it('that cannot even start makes its job fail with its last words', async () => {
    const { open } = await workshop({
      entry: { url: new URL('./no-such-program.mjs', import.meta.url), execArgv: [] },
    });
    const queue = await open();
    const { job } = await queue.submit('train', tinyRequest);
    await vi.waitFor(() => expect(queue.get(job.id).state).toBe('failed'), patience);
    expect(queue.get(job.id).error!.message).toContain('no-such-program');
    expect(await queue.logs(job.id)).toMatch(/ stderr: .*no-such-program/);
  });

  it('never outlives the server that started it', async () => {
    const { url, execArgv } = compiledTrainer();
    const child = fork(url, [], { execArgv });
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.disconnect();
    expect(await gone).toBe(0);
  });
});

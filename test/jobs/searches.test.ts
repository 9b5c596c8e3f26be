import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { RunEnd } from '../../src/jobs/launch.ts';
import type { JobQueue } from '../../src/jobs/queue.ts';
import type { StoredJob } from '../../src/jobs/stored-job.ts';
import { farRequest, jobBench } from './job-bench.ts';
import { succeeded, type Puppet, type puppetTrainer } from './puppet-trainer.ts';

type Trainer = ReturnType<typeof puppetTrainer>;

const ranges = { 'optimizer.learningRate': { type: 'log-uniform', from: 0.001, to: 0.1 } };
const threeTrials = { train: farRequest, ranges, trials: 3 };

const trialEnd = (accuracy: number): RunEnd => ({
  type: 'succeeded',
  outcome: { metrics: { accuracy, loss: 1 - accuracy }, timings: { read: 0, train: 1 }, notes: [] },
});

const failed = (code: string) => ({ type: 'failed', error: { code, message: 'why' } }) as const;

async function search(request: object = {}) {
  const bench = await jobBench();
  const { queue, trainer } = await bench.open();
  const { job } = await queue.submit('search', { ...threeTrials, ...request });
  return { ...bench, queue, trainer, id: job.id };
}

async function ended(queue: JobQueue, id: string) {
  await vi.waitFor(() => expect(queue.get(id).endedAt).toBeDefined(), 20_000);
  return queue.get(id);
}

/** Ends the next trainings of trials, each with its accuracy. */
async function endTrials(trainer: Trainer, accuracies: readonly number[]): Promise<Puppet[]> {
  const puppets: Puppet[] = [];
  for (const accuracy of accuracies) {
    const puppet = await trainer.next();
    expect(puppet.job.kind).toBe('trial');
    puppet.end(trialEnd(accuracy));
    puppets.push(puppet);
  }
  return puppets;
}

describe('a search', () => {
  it('makes a job of each trial, one after the other, and has the best one trained as any other', async () => {
    const { queue, trainer, id } = await search();
    const puppets = await endTrials(trainer, [0.5, 0.9, 0.7]);
    const winner = await trainer.next();
    expect(winner.job.kind).toBe('train');
    winner.end(succeeded);
    const record = await ended(queue, id);
    expect(record).toMatchObject({
      state: 'succeeded',
      winner: { trial: 2, accuracy: 0.9, version: 7, job: winner.job.id },
      trials: puppets.map(({ job }, index) => ({
        trial: index + 1,
        job: job.id,
        state: 'succeeded',
        epochs: 50,
      })),
    });
    expect(winner.job.request).toMatchObject({
      model: 'bars',
      optimizer: { learningRate: record.winner?.parameters['optimizer.learningRate'] },
      dataset: farRequest.dataset,
    });
    expect(queue.get(puppets[0]!.job.id)).toMatchObject({
      kind: 'trial',
      state: 'succeeded',
      request: { search: id, trial: 1 },
    });
  });

  it('has nothing trained beside its trials where its winner is not to be published', async () => {
    const { queue, trainer, id } = await search({ publishWinner: false });
    await endTrials(trainer, [0.5, 0.9, 0.7]);
    const { winner } = await ended(queue, id);
    expect(winner).toMatchObject({ trial: 2 });
    expect(winner?.version).toBeUndefined();
    expect(trainer.started).toHaveLength(3);
  });

  it('passes over trials that diverge or are cancelled', async () => {
    const { queue, trainer, id } = await search();
    (await trainer.next()).end(failed('GLIMPSE_TRAINING_DIVERGED'));
    const second = await trainer.next();
    await queue.cancel(second.job.id);
    await vi.waitFor(() => expect(second.stops).toEqual(['cancel']));
    second.end({ type: 'cancelled' });
    await endTrials(trainer, [0.4]);
    (await trainer.next()).end(succeeded);
    expect(await ended(queue, id)).toMatchObject({
      winner: { trial: 3 },
      trials: [
        { state: 'failed', reason: 'GLIMPSE_TRAINING_DIVERGED why' },
        { state: 'cancelled', reason: 'it was cancelled' },
        { state: 'succeeded' },
      ],
    });
  });

  it('gives up after three trials that failed for a reason that the others have, too', async () => {
    const { queue, trainer, id } = await search({ trials: 9 });
    for (let trial = 0; trial < 3; trial += 1) {
      (await trainer.next()).end(failed('GLIMPSE_DATASET_EMPTY'));
    }
    expect(await ended(queue, id)).toMatchObject({
      state: 'failed',
      error: {
        code: 'GLIMPSE_SEARCH_WITHOUT_RESULT',
        message: expect.stringContaining('GLIMPSE_DATASET_EMPTY') as string,
      },
    });
    expect(trainer.started).toHaveLength(3);
  });

  it('stops the trial at work when its time is over, and takes the best of the others', async () => {
    const { queue, trainer, id } = await search({ maxSeconds: 0.3 });
    await endTrials(trainer, [0.5]);
    const late = await trainer.next();
    await vi.waitFor(() => expect(late.stops).toEqual(['cancel']), 20_000);
    late.end({ type: 'cancelled' });
    (await trainer.next()).end(succeeded);
    expect(await ended(queue, id)).toMatchObject({
      state: 'succeeded',
      winner: { trial: 1 },
      trials: [{ state: 'succeeded' }, { state: 'cancelled' }],
      notes: [expect.stringContaining('maxSeconds 0.3')],
    });
  });

  it('fails as the training of its winner did, and names that job', async () => {
    const { queue, trainer, id } = await search({ trials: 1 });
    await endTrials(trainer, [0.5]);
    const winner = await trainer.next();
    winner.end(failed('GLIMPSE_SERVED_GAP'));
    expect(await ended(queue, id)).toMatchObject({
      state: 'failed',
      error: { code: 'GLIMPSE_SERVED_GAP', details: { job: winner.job.id } },
    });
  });

  it('that is cancelled cancels its trial, and is cancelled when it waits', async () => {
    const { queue, trainer, id } = await search();
    const waiting = (await queue.submit('search', threeTrials)).job.id;
    expect((await queue.cancel(waiting)).state).toBe('cancelled');
    const trial = await trainer.next();
    await queue.cancel(id);
    await vi.waitFor(() => expect(trial.stops).toEqual(['cancel']));
    trial.end({ type: 'cancelled' });
    expect((await ended(queue, id)).state).toBe('cancelled');
    expect((await ended(queue, trial.job.id)).state).toBe('cancelled');
  });

  it('waits for its turn where the queue is full', async () => {
    const { open } = await jobBench();
    const { queue, trainer } = await open({ maxQueued: 1 });
    const asked = { ...threeTrials, trials: 2, publishWinner: false };
    const { job } = await queue.submit('search', asked);
    const first = await trainer.next();
    const toEvaluate = { model: 'bars', version: 1, dataset: farRequest.dataset };
    await queue.submit('evaluate', toEvaluate);
    const evaluation = await trainer.next();
    await queue.submit('evaluate', toEvaluate);
    first.end(trialEnd(0.5));
    await vi.waitFor(() =>
      expect(queue.get(job.id).trials).toMatchObject([{}, { trial: 2, state: 'running' }]),
    );
    expect(queue.get(job.id).trials?.[1]?.job).toBeUndefined();
    evaluation.end(succeeded);
    (await trainer.next()).end(succeeded);
    await vi.waitFor(() => expect(trainer.started).toHaveLength(4), 20_000);
    await endTrials(trainer, [0.6]);
    expect((await ended(queue, job.id)).winner).toMatchObject({ trial: 2 });
  });

  it('tells of each trial to those who follow it', async () => {
    const { queue, trainer, id, events } = await search({ trials: 1, publishWinner: false });
    await endTrials(trainer, [0.5]);
    await ended(queue, id);
    const told = events.filter(([of]) => of === id).map(([, { type }]) => type);
    expect(told).toEqual(['state', 'state', 'stage', 'trial', 'trial', 'trial', 'state']);
    expect(await queue.logs(id)).toContain('trial 1 (50 epochs');
  });
});

describe('a search after a restart', () => {
  it('goes on behind the trials that have ended, with the one that was at work', async () => {
    const { queue: before, trainer, open, id } = await search();
    await endTrials(trainer, [0.5]);
    const second = await trainer.next();
    const drained = before.drain();
    await vi.waitFor(() => expect(second.stops).toEqual(['interrupt']));
    second.end({ type: 'interrupted' });
    await drained;
    expect(before.get(id)).toMatchObject({ state: 'interrupted' });
    await before.close();

    const after = await open();
    const again = await after.trainer.next();
    expect(again.job.id).toBe(second.job.id);
    again.end(trialEnd(0.3));
    await endTrials(after.trainer, [0.4]);
    (await after.trainer.next()).end(succeeded);
    const record = await ended(after.queue, id);
    expect(record).toMatchObject({ state: 'succeeded', winner: { trial: 1 } });
    expect(record.trials).toHaveLength(3);
    expect(after.trainer.started).toHaveLength(3);
  });

  it('survives any number of servers that are killed, as long as trials end in between', async () => {
    const { trainer, open, id, folder } = await search({ trials: 5, publishWinner: false });
    const onDisk = async (trials: number): Promise<void> => {
      const file = join(folder, 'jobs', id, 'job.json');
      await vi.waitFor(async () => {
        const { record } = JSON.parse(await readFile(file, 'utf8')) as StoredJob;
        expect(record.trials?.filter(({ state }) => state === 'succeeded')).toHaveLength(trials);
        expect(record.trials?.at(-1)?.job).toBeDefined();
      }, 5_000);
    };
    // A killed server writes nothing more: each next one finds a running search and a running trial.
    await endTrials(trainer, [0.1]);
    await trainer.next();
    for (const trials of [1, 2, 3, 4]) {
      await onDisk(trials);
      const { queue, trainer: next } = await open();
      (await next.next()).end(trialEnd(0.1 + trials / 10));
      if (trials < 4) await next.next();
      else {
        const winner = { trial: 5 };
        expect(await ended(queue, id)).toMatchObject({ state: 'succeeded', attempts: 5, winner });
      }
    }
  });
});

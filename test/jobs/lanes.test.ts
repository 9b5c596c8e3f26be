import { describe, expect, it, vi } from 'vitest';
import { farRequest, jobBench } from './job-bench.ts';
import { succeeded } from './puppet-trainer.ts';

const toEvaluate = { model: 'bars', version: 1, dataset: farRequest.dataset };

/** A queue with one training job and one evaluation at work, and one more of each waiting. */
async function busyBench() {
  const bench = await jobBench();
  const { queue, trainer } = await bench.open();
  const trainings = [
    await queue.submit('train', farRequest),
    await queue.submit('train', farRequest),
  ];
  const evaluations = [
    await queue.submit('evaluate', toEvaluate),
    await queue.submit('evaluate', toEvaluate),
  ];
  const ids = { trainings: trainings.map(idOf), evaluations: evaluations.map(idOf) };
  const [training, evaluation] = [await trainer.next(), await trainer.next()];
  return { ...bench, queue, trainer, ids, training, evaluation };
}

const idOf = ({ job }: { job: { id: string } }): string => job.id;

describe('short jobs', () => {
  it('run beside a training job, one at a time', async () => {
    const { queue, trainer, ids, training, evaluation } = await busyBench();
    expect(training.job.id).toBe(ids.trainings[0]);
    expect(evaluation.job.id).toBe(ids.evaluations[0]);
    expect(queue.states()).toMatchObject({ running: 2, queued: 2 });
    evaluation.end(succeeded);
    const second = await trainer.next();
    expect(second.job.id).toBe(ids.evaluations[1]);
    second.end(succeeded);
    await vi.waitFor(() => expect(queue.states()).toMatchObject({ succeeded: 2, running: 1 }));
    expect(trainer.started).toHaveLength(3);
    training.end(succeeded);
    expect((await trainer.next()).job.id).toBe(ids.trainings[1]);
  });

  it('share the places of the queue with training jobs', async () => {
    const { queue } = await busyBench();
    await queue.submit('train', farRequest);
    const full = { code: 'GLIMPSE_TRAINING_QUEUE_FULL' };
    await expect(queue.submit('evaluate', toEvaluate)).rejects.toMatchObject(full);
    await expect(queue.submit('train', farRequest)).rejects.toMatchObject(full);
  });

  it('are cancelled without touching the training job', async () => {
    const { queue, ids, training, evaluation } = await busyBench();
    await queue.cancel(ids.evaluations[0]!);
    await vi.waitFor(() => expect(evaluation.stops).toEqual(['cancel']));
    evaluation.end({ type: 'cancelled' });
    await vi.waitFor(() => expect(queue.get(ids.evaluations[0]!).state).toBe('cancelled'));
    expect(training.stops).toEqual([]);
    expect(queue.get(ids.trainings[0]!).state).toBe('running');
  });

  it('are put aside with the training job, and both go on with the next server', async () => {
    const { open, queue, ids, training, evaluation } = await busyBench();
    const closed = queue.close();
    for (const puppet of [training, evaluation]) {
      await vi.waitFor(() => expect(puppet.stops).toEqual(['interrupt']));
      puppet.end({ type: 'interrupted' });
    }
    await closed;
    expect(queue.states()).toMatchObject({ interrupted: 2, queued: 2 });
    const after = await open();
    const started = [await after.trainer.next(), await after.trainer.next()];
    expect(new Set(started.map(({ job }) => job.id))).toEqual(
      new Set([ids.trainings[0], ids.evaluations[0]]),
    );
  });
});

describe('a published version', () => {
  it('is served before the success of its job is announced', async () => {
    const { open, events } = await jobBench();
    const taken: unknown[] = [];
    const finish = new AbortController();
    const { queue, trainer } = await open({
      awaitServing: ({ id, state, kind }) => {
        taken.push({ id, state, kind });
        return new Promise((resolve) => finish.signal.addEventListener('abort', () => resolve()));
      },
    });
    const { job } = await queue.submit('train', farRequest);
    (await trainer.next()).end(succeeded);
    await vi.waitFor(() =>
      expect(taken).toEqual([{ id: job.id, state: 'running', kind: 'train' }]),
    );
    expect(queue.get(job.id).state).toBe('running');
    finish.abort();
    await vi.waitFor(() => expect(queue.get(job.id).state).toBe('succeeded'));
    expect(events.at(-1)).toEqual([job.id, { type: 'state', state: 'succeeded', version: 7 }]);
  });

  it('that cannot be served yet is noted, and its job has succeeded', async () => {
    const { queue, trainer } = await (
      await jobBench()
    ).open({ awaitServing: () => Promise.reject(new Error('no store')) });
    const { job } = await queue.submit('train', farRequest);
    (await trainer.next()).end(succeeded);
    await vi.waitFor(() => expect(queue.get(job.id).state).toBe('succeeded'));
    expect(queue.get(job.id)).toMatchObject({
      version: 7,
      notes: [expect.stringContaining('does not serve it yet: no store')],
    });
  });

  it('is waited for after a training only', async () => {
    const waited: string[] = [];
    const { queue, trainer } = await (
      await jobBench()
    ).open({ awaitServing: async ({ kind }) => void waited.push(kind) });
    for (const { job } of [
      await queue.submit('evaluate', toEvaluate),
      await queue.submit('train', farRequest),
    ]) {
      (await trainer.next()).end(succeeded);
      await vi.waitFor(() => expect(queue.get(job.id).state).toBe('succeeded'));
    }
    expect(waited).toEqual(['train']);
  });
});

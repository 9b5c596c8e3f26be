import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createWorkQueue } from '../../src/image/work-queue.ts';

/** A task that ends when the test says so. */
function gate(): { task: () => Promise<string>; open(): void; fail(): void; started: boolean } {
  const held: Partial<ReturnType<typeof gate>> = { started: false };
  const promise = new Promise<string>((resolve, reject) => {
    held.open = () => resolve('done');
    held.fail = () => reject(new Error('failed'));
  });
  held.task = async () => {
    held.started = true;
    return promise;
  };
  return held as ReturnType<typeof gate>;
}

describe('a work queue', () => {
  it('runs no more tasks at once than it may, and the others in order', async () => {
    const queue = createWorkQueue({ concurrency: 2, queueSize: 10 });
    const gates = Array.from({ length: 5 }, gate);
    const results = gates.map(({ task }) => queue.run(task));
    expect(gates.map(({ started }) => started)).toEqual([true, true, false, false, false]);
    expect(queue.depth).toBe(3);
    gates[1]!.open();
    await results[1];
    expect(gates.map(({ started }) => started)).toEqual([true, true, true, false, false]);
    for (const held of gates) held.open();
    expect(await Promise.all(results)).toEqual(Array(5).fill('done'));
    expect(queue.depth).toBe(0);
  });

  it('refuses a full queue with GLIMPSE_DECODE_QUEUE_FULL, at once, and takes work again later', async () => {
    const queue = createWorkQueue({ concurrency: 1, queueSize: 1 });
    const [running, waiting, refused] = [gate(), gate(), gate()];
    const first = queue.run(running.task);
    const second = queue.run(waiting.task);
    await expect(queue.run(refused.task)).rejects.toMatchObject({
      code: 'GLIMPSE_DECODE_QUEUE_FULL',
      statusCode: 429,
    });
    expect(refused.started).toBe(false);
    running.open();
    waiting.open();
    await Promise.all([first, second]);
    expect(await queue.run(async () => 'again')).toBe('again');
  });

  it('needs no queue at all when queueSize is 0', async () => {
    const queue = createWorkQueue({ concurrency: 1, queueSize: 0 });
    expect(await queue.run(async () => 1)).toBe(1);
  });

  it('drops an aborted caller who waits, before he is paid for', async () => {
    const queue = createWorkQueue({ concurrency: 1, queueSize: 5 });
    const [running, dropped] = [gate(), gate()];
    const first = queue.run(running.task);
    const leaver = new AbortController();
    const left = queue.run(dropped.task, leaver.signal);
    leaver.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    expect(queue.depth).toBe(0);
    running.open();
    await first;
    expect(dropped.started).toBe(false);
  });

  it('answers an aborted caller at once while his task keeps its place', async () => {
    const queue = createWorkQueue({ concurrency: 1, queueSize: 5 });
    const [running, next] = [gate(), gate()];
    const leaver = new AbortController();
    const left = queue.run(running.task, leaver.signal);
    const after = queue.run(next.task);
    leaver.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    expect(next.started).toBe(false);
    running.fail();
    next.open();
    expect(await after).toBe('done');
  });

  it('never starts the task of a caller who had left before', async () => {
    const queue = createWorkQueue({ concurrency: 1, queueSize: 5 });
    const held = gate();
    await expect(queue.run(held.task, AbortSignal.abort(new Error('gone')))).rejects.toThrow(
      'gone',
    );
    expect(held.started).toBe(false);
  });

  it('says GLIMPSE_CLIENT_CLOSED when the reason is no error', async () => {
    const queue = createWorkQueue({ concurrency: 1, queueSize: 5 });
    const leaver = new AbortController();
    const left = queue.run(gate().task, leaver.signal);
    leaver.abort('because');
    await expect(left).rejects.toMatchObject({ code: 'GLIMPSE_CLIENT_CLOSED' });
  });

  it('hands on a failure, and goes on', async () => {
    const queue = createWorkQueue({ concurrency: 1, queueSize: 5 });
    const held = gate();
    const failed = queue.run(held.task);
    const after = queue.run(async () => 'fine');
    held.fail();
    await expect(failed).rejects.toThrow('failed');
    expect(await after).toBe('fine');
  });

  it('leaves no listener on a signal that outlives many tasks', async () => {
    const queue = createWorkQueue({ concurrency: 2, queueSize: 50 });
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 30 }, () => queue.run(async () => 1, signal)));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('finishes accepted work when closed, refuses new, and may be closed twice', async () => {
    const queue = createWorkQueue({ concurrency: 1, queueSize: 5 });
    const [running, waiting] = [gate(), gate()];
    const results = [queue.run(running.task), queue.run(waiting.task)];
    const closings = [queue.close(), queue.close()];
    await expect(queue.run(gate().task)).rejects.toMatchObject({ code: 'GLIMPSE_DRAINING' });
    running.open();
    waiting.open();
    expect(await Promise.all(results)).toEqual(['done', 'done']);
    await Promise.all(closings);
    await queue.close();
  });
});

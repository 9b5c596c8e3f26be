import { afterAll, describe, expect, it } from 'vitest';
import { errors } from '../src/errors.ts';
import { createWorkerPool } from '../src/worker-pool.ts';
import { programOf } from './support/programs.ts';

type Task = number | 'throw' | 'crash' | 'exit' | 'hang';
const gone = new errors.GLIMPSE_TRAINING_CANCELLED();
const entry = programOf('fragile-worker');
const pool = createWorkerPool<Task, number>({ entry, does: 'doubles', threads: 2 });
afterAll(() => pool.close());

describe('a worker pool', () => {
  it('answers more tasks than it has threads, each with its own answer', async () => {
    const tasks = Array.from({ length: 20 }, (_, i) => i);
    const answers = await Promise.all(tasks.map((task) => pool.run(task)));
    expect(answers).toEqual(tasks.map((task) => task * 2));
  });

  it('hands on what a task throws and keeps the thread', async () => {
    await expect(pool.run('throw')).rejects.toThrow('refused as told');
    expect(await pool.run(4)).toBe(8);
  });

  it.each(['crash', 'exit'] as const)(
    'fails only the task whose thread dies by %s, and replaces the thread',
    async (death) => {
      const tasks: Task[] = [1, death, 2, 3, death, 4];
      const results = await Promise.allSettled(tasks.map((task) => pool.run(task)));
      expect(results.map(({ status }) => status === 'fulfilled')).toEqual(
        tasks.map((task) => task !== death),
      );
      expect(results[1]).toMatchObject({ reason: { code: 'GLIMPSE_INTERNAL' } });
      expect(await pool.run(21)).toBe(42);
    },
  );

  it('keeps the reason of a crash as the cause', async () => {
    await expect(pool.run('crash')).rejects.toMatchObject({
      cause: { message: 'crashed as told' },
    });
  });

  it('answers an aborted caller at once, though its task runs on', async () => {
    const single = createWorkerPool<Task, number>({ entry, does: 'doubles', threads: 1 });
    await single.run(1);
    const leaver = new AbortController();
    const left = single.run('hang', { signal: leaver.signal });
    const waiting = single.run(2, { signal: leaver.signal });
    leaver.abort(gone);
    await expect(left).rejects.toBe(gone);
    await expect(waiting).rejects.toBe(gone);
  });

  it('gives a thread one task ahead where that is wished, and not a second', async () => {
    const eager = createWorkerPool<Task, number>({ entry, does: 'doubles', threads: 1, ahead: 1 });
    const tasks: Task[] = ['exit', 1, 2, 3];
    const results = await Promise.allSettled(tasks.map((task) => eager.run(task)));
    // The thread that died had two of them.
    expect(results.map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    await eager.close();
  });

  it('refuses work once closed', async () => {
    const closed = createWorkerPool<Task, number>({ entry, does: 'doubles', threads: 1 });
    expect(await closed.run(1)).toBe(2);
    await closed.close();
    await expect(closed.run(1)).rejects.toMatchObject({ code: 'GLIMPSE_DRAINING' });
  });
});

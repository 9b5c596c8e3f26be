import { getEventListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createLimiter, mapConcurrently, mapInOrder } from '../src/concurrency.ts';
import { errors } from '../src/errors.ts';
import { outcome, turn } from './support/puppet-run.ts';

/** A task that ends when the test says so. */
function heldTask(): { task: () => Promise<string>; end(): void; fail(): void; started: boolean } {
  const held: Partial<ReturnType<typeof heldTask>> = { started: false };
  const promise = new Promise<string>((resolve, reject) => {
    held.end = () => resolve('done');
    held.fail = () => reject(new Error('failed'));
  });
  held.task = async () => {
    held.started = true;
    return promise;
  };
  return held as ReturnType<typeof heldTask>;
}

const gone = new errors.GLIMPSE_TRAINING_CANCELLED();
const bounded = (size: number) => ({
  size,
  full: (waiting: number) => new errors.GLIMPSE_DECODE_QUEUE_FULL(waiting),
});

describe('a limiter', () => {
  it('runs no more tasks at once than it may, and the others in order of arrival', async () => {
    const limiter = createLimiter({ concurrency: 2 });
    const tasks = Array.from({ length: 5 }, heldTask);
    const results = tasks.map(({ task }) => limiter.run(task));
    expect(tasks.map(({ started }) => started)).toEqual([true, true, false, false, false]);
    expect(limiter.waiting).toBe(3);
    tasks[1]!.end();
    await results[1];
    await turn();
    expect(tasks.map(({ started }) => started)).toEqual([true, true, true, false, false]);
    for (const held of tasks) held.end();
    expect(await Promise.all(results)).toEqual(Array(5).fill('done'));
    expect(limiter.waiting).toBe(0);
  });

  it('lets nobody who comes later slip in between two tasks', async () => {
    const limiter = createLimiter({ concurrency: 1 });
    const order: string[] = [];
    const name = (task: string) => async () => void order.push(task);
    const first = limiter.run(name('first')).then(() => limiter.run(name('latecomer')));
    const second = limiter.run(name('second'));
    await Promise.all([first, second]);
    expect(order).toEqual(['first', 'second', 'latecomer']);
  });

  it('refuses what finds no room in its queue, at once, and takes work again later', async () => {
    const limiter = createLimiter({ concurrency: 1, queue: bounded(1) });
    const [running, waiting, refused] = [heldTask(), heldTask(), heldTask()];
    const results = [limiter.run(running.task), limiter.run(waiting.task)];
    await expect(limiter.run(refused.task)).rejects.toMatchObject({
      code: 'GLIMPSE_DECODE_QUEUE_FULL',
      message: expect.stringContaining('1 images are waiting'),
    });
    expect(refused.started).toBe(false);
    running.end();
    waiting.end();
    await Promise.all(results);
    expect(await limiter.run(async () => 'again')).toBe('again');
  });

  it('needs no queue at all when nothing has to wait', async () => {
    const limiter = createLimiter({ concurrency: 1, queue: bounded(0) });
    expect(await limiter.run(async () => 1)).toBe(1);
  });

  it('hands on a failure, also of a task that throws at once, and goes on', async () => {
    const limiter = createLimiter({ concurrency: 1 });
    const held = heldTask();
    const failed = limiter.run(held.task);
    const thrown = limiter.run(() => {
      throw new Error('at once');
    });
    const after = limiter.run(async () => 'fine');
    held.fail();
    await expect(failed).rejects.toThrow('failed');
    await expect(thrown).rejects.toThrow('at once');
    expect(await after).toBe('fine');
  });

  it('drops a caller who aborts while waiting, and never starts its task', async () => {
    const limiter = createLimiter({ concurrency: 1 });
    const [running, dropped] = [heldTask(), heldTask()];
    const first = limiter.run(running.task);
    const caller = new AbortController();
    const left = outcome(limiter.run(dropped.task, caller.signal));
    caller.abort(gone);
    expect(await left).toEqual({ code: 'GLIMPSE_TRAINING_CANCELLED' });
    expect(limiter.waiting).toBe(0);
    running.end();
    await first;
    await turn();
    expect(dropped.started).toBe(false);
  });

  it('answers a caller who aborts at once, while its task keeps its place', async () => {
    const limiter = createLimiter({ concurrency: 1 });
    const [running, next] = [heldTask(), heldTask()];
    const caller = new AbortController();
    const left = outcome(limiter.run(running.task, caller.signal));
    const after = limiter.run(next.task);
    caller.abort(gone);
    expect(await left).toEqual({ code: 'GLIMPSE_TRAINING_CANCELLED' });
    expect(next.started).toBe(false);
    running.fail();
    next.end();
    expect(await after).toBe('done');
  });

  it('never starts the task of a caller who had left before', async () => {
    const limiter = createLimiter({ concurrency: 1 });
    const held = heldTask();
    const left = limiter.run(held.task, AbortSignal.abort(gone));
    expect(await outcome(left)).toEqual({ code: 'GLIMPSE_TRAINING_CANCELLED' });
    expect(held.started).toBe(false);
  });

  it('leaves no listener on a signal that outlives many tasks', async () => {
    const limiter = createLimiter({ concurrency: 2 });
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 30 }, () => limiter.run(async () => 1, signal)));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('finishes accepted work when closed, refuses new, and may be closed twice', async () => {
    const limiter = createLimiter({ concurrency: 1 });
    const [running, waiting] = [heldTask(), heldTask()];
    const results = [limiter.run(running.task), limiter.run(waiting.task)];
    let closed = 0;
    const closings = [1, 2].map(() => limiter.close().then(() => (closed += 1)));
    expect(await outcome(limiter.run(heldTask().task))).toEqual({ code: 'GLIMPSE_DRAINING' });
    running.end();
    await results[0];
    await turn();
    expect(closed).toBe(0);
    waiting.end();
    expect(await Promise.all(results)).toEqual(['done', 'done']);
    await Promise.all(closings);
    await limiter.close();
  });
});

const turnOf = (id: string, expectedMs = 1) => ({ flow: { id, weight: 1 }, expectedMs });

describe('a limiter shared by callers', () => {
  it('lets them take turns, whoever came first with however much', async () => {
    const limiter = createLimiter({ concurrency: 1 });
    const order: string[] = [];
    const run = (id: string): Promise<void> =>
      limiter.run(
        async () => {
          order.push(id);
          await delay(5);
        },
        undefined,
        turnOf(id),
      );
    const running = Array.from({ length: 6 }, () => run('many'));
    running.push(run('one'), run('two'));
    await Promise.all(running);
    expect(order.slice(0, 4)).toEqual(expect.arrayContaining(['one', 'two']));
  });

  it('keeps a place free for others from heavy tasks, and only while there are others', async () => {
    const limiter = createLimiter({ concurrency: 2 });
    const heavy = Array.from({ length: 3 }, heldTask);
    const light = heldTask();
    const alone = heavy.map(({ task }) => limiter.run(task, undefined, turnOf('heavy', 100)));
    expect(heavy.map(({ started }) => started)).toEqual([true, true, false]);
    const other = limiter.run(light.task, undefined, turnOf('light'));
    heavy[0]!.end();
    await alone[0];
    await turn();
    expect([light.started, heavy[2]!.started]).toEqual([true, false]);
    light.end();
    await other;
    await turn();
    // One heavy task runs and its caller leaves the other place, until the first has ended.
    expect(heavy[2]!.started).toBe(false);
    heavy[1]!.end();
    await alone[1];
    await turn();
    expect(heavy[2]!.started).toBe(true);
    heavy[2]!.end();
    await Promise.all(alone);
  });

  it('has room in a full queue for who has less than an even share of it', async () => {
    const limiter = createLimiter({ concurrency: 1, queue: bounded(4) });
    const held = heldTask();
    const running = [limiter.run(held.task, undefined, turnOf('many'))];
    for (let i = 0; i < 4; i += 1)
      running.push(limiter.run(async () => 'x', undefined, turnOf('many')));
    const more = limiter.run(async () => 'x', undefined, turnOf('many'));
    await expect(more).rejects.toMatchObject({ code: 'GLIMPSE_DECODE_QUEUE_FULL' });
    running.push(limiter.run(async () => 'x', undefined, turnOf('one')));
    held.end();
    await Promise.all(running);
  });
});

describe('mapping concurrently', () => {
  it('gives results in the order of the items, and works on no more at once than it may', async () => {
    let [running, most] = [0, 0];
    const results = await mapConcurrently([5, 1, 4, 2, 3], 2, async (item) => {
      running += 1;
      most = Math.max(most, running);
      for (let turns = 0; turns < item; turns += 1) await turn();
      running -= 1;
      return item * 10;
    });
    expect(results).toEqual([50, 10, 40, 20, 30]);
    expect(most).toBe(2);
  });

  it('begins nothing more after a failure, stops what is under way, and waits for its end', async () => {
    const begun: number[] = [];
    const ended: number[] = [];
    const mapping = mapConcurrently([0, 1, 2, 3], 2, async (item, stop) => {
      begun.push(item);
      if (item === 1) throw new Error('no');
      while (!stop.aborted) await turn();
      ended.push(item);
      throw new Error('stopped');
    });
    await expect(mapping).rejects.toThrow('no');
    expect([begun, ended]).toEqual([[0, 1], [0]]);
  });

  it('hands on the signal of its caller', async () => {
    const caller = new AbortController();
    const mapping = mapConcurrently(
      [0],
      2,
      async (_, stop) => {
        while (!stop.aborted) await turn();
        throw stop.reason;
      },
      caller.signal,
    );
    caller.abort(gone);
    expect(await outcome(mapping)).toEqual({ code: 'GLIMPSE_TRAINING_CANCELLED' });
  });

  it('has nothing to do for no items', async () => {
    expect(await mapConcurrently([], 3, () => Promise.reject(new Error('asked')))).toEqual([]);
  });
});

describe('mapping in order', () => {
  it('takes no more items ahead than it may, whatever waits behind a slow one', async () => {
    const taken: number[] = [];
    const items = (function* () {
      for (let item = 0; item < 6; item += 1) {
        taken.push(item);
        yield item;
      }
    })();
    const slow = heldTask();
    const mapped = mapInOrder(items, 3, async (item) => (item === 0 ? slow.task() : item));
    const first = mapped.next();
    await turn();
    expect(taken).toEqual([0, 1, 2]);
    slow.end();
    expect(await first).toEqual({ done: false, value: 'done' });
    const rest: unknown[] = [];
    for await (const result of mapped) rest.push(result);
    expect(rest).toEqual([1, 2, 3, 4, 5]);
  });

  it('throws a failure in its turn, after the results before it', async () => {
    const mapped = mapInOrder([0, 1, 2], 3, async (item) => {
      if (item === 1) throw new Error('no');
      return item;
    });
    expect(await mapped.next()).toEqual({ done: false, value: 0 });
    await expect(mapped.next()).rejects.toThrow('no');
  });

  it('waits for what is under way when nobody wants the rest', async () => {
    const held = heldTask();
    const mapped = mapInOrder([0, 1], 2, async (item) => (item === 0 ? 'first' : held.task()));
    await mapped.next();
    let ended = false;
    const ending = mapped.return(undefined).then(() => (ended = true));
    await turn();
    expect(ended).toBe(false);
    held.end();
    await ending;
  });
});

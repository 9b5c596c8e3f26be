import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { EventLoopTurns } from '../../src/admission/event-loop-turns.ts';
import { createCancellation } from '../../src/cancellation.ts';
import { errors } from '../../src/errors.ts';
import { bulkOf, type Flow } from '../../src/fair-queue.ts';

const flow = (id: string): Flow => ({ id, weight: 1 });

function workFor(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

afterEach(() => void vi.useRealTimers());

describe('turns at the event loop', () => {
  it('are had at once while a turn is young', async () => {
    // However slow the machine is, no time passes in it.
    vi.useFakeTimers({ toFake: ['performance'] });
    const turns = new EventLoopTurns();
    expect(turns.take(flow('a'), 100)).toBeUndefined();
    expect(turns.take(flow('a'), 100)).toBeUndefined();
    await nextTurn();
    expect(turns.take(flow('a'), 100)).toBeUndefined();
  });

  it('are waited for in a turn that has lasted long, a few in each that follows', async () => {
    const turns = new EventLoopTurns();
    void turns.take(flow('a'), 100);
    workFor(6);
    const done: number[] = [];
    const all = Array.from({ length: 6 }, async (_, index) => {
      await turns.take(flow('a'), 100);
      done.push(index);
      workFor(6);
    });
    let seen = 0;
    while (done.length < 6) {
      expect(done.length - seen).toBeLessThanOrEqual(2);
      seen = done.length;
      await nextTurn();
    }
    await Promise.all(all);
    expect(done).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('are taken by callers one after the other, and by bulk last', async () => {
    const turns = new EventLoopTurns();
    void turns.take(flow('a'), 1);
    workFor(6);
    const done: string[] = [];
    const take = async (own: Flow): Promise<void> => {
      await turns.take(own, 100);
      done.push(own.id);
    };
    await Promise.all([
      take(bulkOf(flow('a'))),
      ...[1, 2, 3].map(() => take(flow('a'))),
      take(flow('b')),
    ]);
    expect(done).toEqual(['a', 'b', 'a', 'a', 'a bulk']);
  });

  it('tell how long what waits is going to take, by what they took', async () => {
    const turns = new EventLoopTurns();
    void turns.take(flow('a'), 1000);
    workFor(6);
    const first = turns.take(flow('a'), 1000)!.then(() => workFor(20));
    await first;
    await nextTurn();
    await nextTurn();
    expect(turns.waitMs).toBe(0);
    void turns.take(flow('a'), 1000);
    workFor(6);
    const second = turns.take(flow('a'), 2000);
    const third = turns.take(flow('a'), 2000);
    expect(turns.waitMs).toBeGreaterThan(30);
    await Promise.all([second, third]);
    expect(turns.waitMs).toBe(0);
  });

  it('do not take a large body for as slow as many small ones of its size', async () => {
    const turns = new EventLoopTurns();
    void turns.take(flow('a'), 10);
    workFor(6);
    await turns.take(flow('a'), 10)!.then(() => workFor(20));
    await nextTurn();
    await nextTurn();
    void turns.take(flow('a'), 10);
    workFor(6);
    const large = turns.take(flow('a'), 10_000);
    expect(turns.waitMs).toBeGreaterThan(10);
    // By their bytes it would be 20 seconds.
    expect(turns.waitMs).toBeLessThan(5_000);
    await large;
  });

  it('are not kept for who has left', async () => {
    const turns = new EventLoopTurns();
    void turns.take(flow('a'), 1);
    workFor(6);
    const cancellation = createCancellation();
    const gone = turns.take(flow('a'), 100, cancellation);
    const stays = turns.take(flow('a'), 100);
    cancellation.cancel(new errors.GLIMPSE_CLIENT_CLOSED());
    await expect(gone).rejects.toMatchObject({ code: 'GLIMPSE_CLIENT_CLOSED' });
    await stays;
    expect(() => turns.take(flow('a'), 1, cancellation)).toThrow();
  });
});

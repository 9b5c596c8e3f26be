import { afterEach, describe, expect, it, vi } from 'vitest';
import { errors } from '../../src/errors.ts';
import { createPatience } from '../../src/serving/caller.ts';
import { outcome } from '../support/puppet-run.ts';

const forever = new Promise<never>(() => {});
const later = (ms: number) => performance.now() + ms;

afterEach(() => {
  vi.useRealTimers();
});

describe('the patience with a request', () => {
  it('hands a result through while somebody waits for it', async () => {
    const patience = createPatience(new AbortController().signal, later(60_000));
    expect(await patience.guard(Promise.resolve(7))).toBe(7);
    const failing = Promise.reject(new errors.GLIMPSE_IMAGE_EMPTY());
    expect(await outcome(patience.guard(failing))).toEqual({ code: 'GLIMPSE_IMAGE_EMPTY' });
    patience.end();
  });

  it('ends at the deadline, and says how long it was', async () => {
    vi.useFakeTimers();
    const patience = createPatience(new AbortController().signal, later(40));
    const stage = expect(patience.guard(forever)).rejects.toThrow('within 40 ms');
    await vi.advanceTimersByTimeAsync(40);
    await stage;
    expect(patience.signal.reason).toMatchObject({ code: 'GLIMPSE_DEADLINE_EXCEEDED' });
  });

  it('ends when the caller leaves, with our error whatever the reason was', async () => {
    const caller = new AbortController();
    const patience = createPatience(caller.signal, later(60_000));
    const stage = outcome(patience.guard(forever));
    caller.abort(new Error('socket hang up'));
    expect(await stage).toEqual({ code: 'GLIMPSE_CLIENT_CLOSED' });
    patience.end();
  });

  it('is over from the start for a caller who left or whose deadline has passed', async () => {
    const left = createPatience(AbortSignal.abort(), later(60_000));
    expect(await outcome(left.guard(forever))).toEqual({ code: 'GLIMPSE_CLIENT_CLOSED' });
    const late = createPatience(new AbortController().signal, later(-1));
    expect(await outcome(late.guard(forever))).toEqual({ code: 'GLIMPSE_DEADLINE_EXCEEDED' });
  });

  it('gives back what comes when nobody waits for it any more', async () => {
    const caller = new AbortController();
    const patience = createPatience(caller.signal, later(60_000));
    const { promise, resolve } = withResolvers<string>();
    const discarded: string[] = [];
    const stage = outcome(patience.guard(promise, (late) => discarded.push(late)));
    caller.abort();
    await stage;
    resolve('a lease');
    await promise;
    await new Promise((next) => setImmediate(next));
    expect(discarded).toEqual(['a lease']);
  });

  it('puts a passed deadline in terms of the whole call, and leaves other errors alone', () => {
    const patience = createPatience(new AbortController().signal, later(500));
    expect(patience.reword(new errors.GLIMPSE_DEADLINE_EXCEEDED(3))).toMatchObject({
      message: 'The answer was not ready within 500 ms.',
    });
    const other = new errors.GLIMPSE_IMAGE_EMPTY();
    expect(patience.reword(other)).toBe(other);
    patience.end();
  });

  it('leaves neither timer nor listener behind', () => {
    vi.useFakeTimers();
    const { signal } = new AbortController();
    const removed = vi.spyOn(signal, 'removeEventListener');
    const patience = createPatience(signal, later(1000));
    patience.end();
    expect(vi.getTimerCount()).toBe(0);
    expect(removed).toHaveBeenCalled();
  });
});

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  const box: { resolve: (value: T) => void } = { resolve: () => {} };
  const promise = new Promise<T>((resolve) => {
    box.resolve = resolve;
  });
  return { promise, resolve: (value) => box.resolve(value) };
}

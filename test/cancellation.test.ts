import { afterEach, describe, expect, it, vi } from 'vitest';
import { cancelReasonOf, createCancellation, throwIfCancelled } from '../src/cancellation.ts';
import { errors } from '../src/errors.ts';
import { outcome, turn } from './support/puppet-run.ts';

const left = () => new errors.GLIMPSE_CLIENT_CLOSED();
const gone = { code: 'GLIMPSE_CLIENT_CLOSED' };
const forever = new Promise<never>(() => {});
const later = (ms: number) => performance.now() + ms;

afterEach(() => {
  vi.useRealTimers();
});

describe('a call that somebody waits for', () => {
  it('hands the result of a stage through, and its failure', async () => {
    const call = createCancellation();
    expect(await call.race(Promise.resolve(7))).toBe(7);
    const failing = Promise.reject(new errors.GLIMPSE_IMAGE_EMPTY());
    expect(await outcome(call.race(failing))).toEqual({ code: 'GLIMPSE_IMAGE_EMPTY' });
    expect(call.aborted).toBe(false);
  });

  it('ends at its deadline, in whatever stage it is, and says how long the whole of it was', async () => {
    vi.useFakeTimers();
    const startedAt = performance.now() - 60;
    const call = createCancellation({ startedAt, deadline: startedAt + 100 });
    const stage = expect(call.race(forever)).rejects.toThrow('within 100 ms');
    await vi.advanceTimersByTimeAsync(39);
    expect(call.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await stage;
    expect(call.reason).toMatchObject({ code: 'GLIMPSE_DEADLINE_EXCEEDED' });
  });

  it('ends at an earlier deadline that comes to be known, and never at a later one', async () => {
    vi.useFakeTimers();
    const startedAt = performance.now();
    const call = createCancellation({ startedAt, deadline: startedAt + 100 });
    call.expireBy(startedAt + 500);
    expect(call.deadline).toBe(startedAt + 100);
    call.expireBy(startedAt + 40);
    const stage = expect(call.race(forever)).rejects.toThrow('within 40 ms');
    await vi.advanceTimersByTimeAsync(39);
    expect(call.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await stage;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends when it is cancelled, for the first reason that was given', async () => {
    const call = createCancellation({ deadline: later(60_000) });
    const stages = [call.race(forever), call.race(forever)].map(outcome);
    call.cancel(left());
    call.cancel(new errors.GLIMPSE_DRAINING());
    expect(await Promise.all(stages)).toEqual([gone, gone]);
    expect(await outcome(call.race(forever))).toEqual(gone);
  });

  it('is over from the start when its deadline has passed', async () => {
    const late = createCancellation({ deadline: later(-1) });
    expect(late.aborted).toBe(true);
    expect(await outcome(late.race(forever))).toEqual({ code: 'GLIMPSE_DEADLINE_EXCEEDED' });
  });

  it('tells everybody who watches it, once, and nobody who has stopped watching', () => {
    const call = createCancellation();
    const [stays, goes] = [vi.fn(), vi.fn()];
    call.addEventListener('abort', stays);
    call.addEventListener('abort', goes);
    call.removeEventListener('abort', goes);
    call.cancel(left());
    call.cancel(left());
    expect(stays).toHaveBeenCalledOnce();
    expect(goes).not.toHaveBeenCalled();
  });

  it('gives back what comes when nobody waits for it any more', async () => {
    const call = createCancellation();
    const box: { resolve?: (lease: string) => void } = {};
    const leasing = new Promise<string>((resolve) => {
      box.resolve = resolve;
    });
    const discarded: string[] = [];
    const stage = outcome(call.race(leasing, (late) => discarded.push(late)));
    call.cancel(left());
    await stage;
    box.resolve?.('a lease');
    await turn();
    expect(discarded).toEqual(['a lease']);
  });

  it('puts a deadline that a stage noticed first in terms of the whole call', async () => {
    const startedAt = performance.now();
    const call = createCancellation({ startedAt, deadline: startedAt + 60_000 });
    const stage = call.race(Promise.reject(new errors.GLIMPSE_DEADLINE_EXCEEDED(3)));
    await expect(stage).rejects.toThrow('within 60000 ms');
    call.end();
  });

  it('leaves no timer behind, whether it is ended or cancelled, and starts none without a deadline', () => {
    vi.useFakeTimers();
    createCancellation();
    createCancellation({ deadline: later(2 ** 31) });
    expect(vi.getTimerCount()).toBe(0);
    const calls = [
      createCancellation({ deadline: later(9) }),
      createCancellation({ deadline: later(9) }),
    ];
    expect(vi.getTimerCount()).toBe(2);
    calls[0]!.end();
    calls[1]!.cancel(left());
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('why a caller left', () => {
  it('is what its signal says in an error of the catalogue', () => {
    const reason = new errors.GLIMPSE_DEADLINE_EXCEEDED(30);
    expect(cancelReasonOf(AbortSignal.abort(reason))).toBe(reason);
  });

  it.each([[new Error('socket hang up')], ['interrupt'], [undefined]])(
    'is GLIMPSE_CLIENT_CLOSED for any other reason, which stays as its cause: %s',
    (reason) => {
      const signal = AbortSignal.abort(reason);
      const error = cancelReasonOf(signal);
      expect(error).toMatchObject({ code: 'GLIMPSE_CLIENT_CLOSED' });
      expect(error.cause).toBe(signal.reason);
    },
  );

  it('is thrown for a caller who has left already, and for nobody else', () => {
    const call = createCancellation();
    for (const signal of [undefined, new AbortController().signal, call]) {
      expect(() => throwIfCancelled(signal)).not.toThrow();
    }
    call.cancel(new errors.GLIMPSE_DRAINING());
    expect(() => throwIfCancelled(call)).toThrow('shutting down');
    expect(() => throwIfCancelled(AbortSignal.abort())).toThrow('left before the answer');
  });
});

import { describe, expect, it } from 'vitest';
import { errors } from '../../src/errors.ts';
import { retryDelayMs, failureAfter } from '../../src/registry/quarantine.ts';

const now = 1_000_000;

describe('a failed load', () => {
  it('of a bad version is a quarantine with code and reason, tried again after minutes', () => {
    const failure = failureAfter(new errors.GLIMPSE_MODEL_INVALID('no.'), undefined, now, 'print');
    expect(failure).toMatchObject({
      code: 'GLIMPSE_MODEL_INVALID',
      message: 'The model cannot be served: no.',
      isQuarantine: true,
      attempts: 1,
      retryAt: now + 5 * 60_000,
      fingerprint: 'print',
    });
  });

  it('because of a silent store says nothing about the version: tried again after seconds', () => {
    const failure = failureAfter(
      new errors.GLIMPSE_STORE_UNAVAILABLE('s3', 'x'),
      undefined,
      now,
      'x',
    );
    expect(failure).toMatchObject({ isQuarantine: false, retryAt: now + 2_000 });
  });

  it('because an image could not be decoded just then says nothing about the version either', () => {
    const busy = new errors.GLIMPSE_DECODE_QUEUE_FULL(64);
    expect(failureAfter(busy, undefined, now, 'x').isQuarantine).toBe(false);
  });

  it('by an error that is not ours keeps its words', () => {
    expect(failureAfter(new TypeError('oops'), undefined, now, 'x')).toMatchObject({
      code: 'GLIMPSE_INTERNAL',
      message: 'oops',
    });
  });

  it('counts its attempts, and waits longer each time, up to a limit', () => {
    const first = failureAfter(new Error('x'), undefined, now, 'x');
    expect(failureAfter(new Error('x'), first, now, 'x').attempts).toBe(2);
    expect([1, 2, 3, 4, 5, 20].map((n) => retryDelayMs(true, n) / 60_000)).toEqual([
      5, 10, 20, 40, 60, 60,
    ]);
    expect([1, 2, 3, 20].map((n) => retryDelayMs(false, n) / 1000)).toEqual([2, 4, 8, 300]);
  });
});

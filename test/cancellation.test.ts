import { describe, expect, it } from 'vitest';
import { cancellationOf, throwIfCancelled } from '../src/cancellation.ts';
import { errors } from '../src/errors.ts';

describe('why a caller left', () => {
  it('is what its signal says in an error of the catalogue', () => {
    const reason = new errors.GLIMPSE_DEADLINE_EXCEEDED(30);
    expect(cancellationOf(AbortSignal.abort(reason))).toBe(reason);
  });

  it.each([[new Error('socket hang up')], ['interrupt'], [undefined]])(
    'is GLIMPSE_CLIENT_CLOSED for any other reason, which stays as its cause: %s',
    (reason) => {
      const signal = AbortSignal.abort(reason);
      const error = cancellationOf(signal);
      expect(error).toMatchObject({ code: 'GLIMPSE_CLIENT_CLOSED' });
      expect(error.cause).toBe(signal.reason);
    },
  );

  it('is thrown for a caller who has left already, and for nobody else', () => {
    expect(() => throwIfCancelled(undefined)).not.toThrow();
    expect(() => throwIfCancelled(new AbortController().signal)).not.toThrow();
    expect(() => throwIfCancelled(AbortSignal.abort())).toThrow('left before the answer');
  });
});

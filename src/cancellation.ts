import { errors, isGlimpseError, withDetails } from './errors.ts';

/** Why a caller who left gets no answer: what its signal says in an error of the catalogue, else that it left. */
export function cancellationOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  if (isGlimpseError(reason)) return reason;
  return withDetails(new errors.GLIMPSE_CLIENT_CLOSED(), {}, reason);
}

/** Throws for a caller who has left already. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancellationOf(signal);
}

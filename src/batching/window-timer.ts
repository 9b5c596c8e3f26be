/** A batch that is about to leave. */
export interface WindowTimer {
  /** It leaves at the end of this turn of the event loop; nothing can make it leave sooner. */
  readonly isImminent: boolean;
  cancel(): void;
}

/**
 * Calls `leave` after so many milliseconds. 0 is the end of the current turn of the event loop, not
 * "now": requests that were read from their sockets in one turn then share a batch, and nobody waits.
 */
export function startWindowTimer(waitMs: number, leave: () => void): WindowTimer {
  if (waitMs > 0) {
    const timer = setTimeout(leave, waitMs);
    return { isImminent: false, cancel: () => clearTimeout(timer) };
  }
  const immediate = setImmediate(leave);
  return { isImminent: true, cancel: () => clearImmediate(immediate) };
}

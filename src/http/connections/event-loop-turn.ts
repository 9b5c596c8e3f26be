/** The time that a turn of the event loop has spent on what came in. */
export interface EventLoopTurn {
  /** Begins one, unless one has begun. */
  begin(): void;
  /** Whether it has lasted as long as it may. */
  readonly isOver: boolean;
}

/** `onEnd` is called at the end of every turn that was begun. */
export function createEventLoopTurn(maxMs: number, onEnd: () => void): EventLoopTurn {
  let startedAt: number | undefined;
  return {
    begin() {
      if (startedAt !== undefined) return;
      startedAt = performance.now();
      setImmediate(() => {
        startedAt = undefined;
        onEnd();
      });
    },
    get isOver() {
      return startedAt !== undefined && performance.now() - startedAt > maxMs;
    },
  };
}

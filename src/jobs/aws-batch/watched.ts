import type { ExecutorListener } from '../executor.ts';

/** Jobs at work where nobody tells of them: those who follow them are told at intervals to look. */
export interface Watched {
  add(id: string): void;
  listen(listener: ExecutorListener): () => void;
  close(): void;
}

/** A job that was not heard of for so many intervals is looked for no more; whoever asks for it begins anew. */
const INTERVALS = 720;

/** Tells of each job every `pollMs`; without one, no timer runs. */
export function createWatched(pollMs: number): Watched {
  const left = new Map<string, number>();
  const listeners = new Set<ExecutorListener>();
  let timer: NodeJS.Timeout | undefined;
  const tick = (): void => {
    for (const [id, intervals] of left) {
      if (intervals <= 1) left.delete(id);
      else left.set(id, intervals - 1);
      for (const listener of listeners) listener(id);
    }
    if (left.size === 0) stop();
  };
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
  };
  return {
    add(id) {
      left.set(id, INTERVALS);
      timer ??= setInterval(tick, pollMs).unref();
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      stop();
      left.clear();
    },
  };
}

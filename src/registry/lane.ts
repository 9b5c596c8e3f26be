/** Runs at most so many tasks at once, the others in order of arrival. */
export type Lane = <T>(task: () => Promise<T>) => Promise<T>;

export function createLane(width: number): Lane {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (task) => {
    if (running >= width) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await task();
    } finally {
      // The place is handed on directly, so that nobody who comes later can slip in between.
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}

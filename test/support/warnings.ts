/** What this process was warned of since `collectWarnings`. */
export interface CollectedWarnings {
  readonly warnings: readonly Error[];
  /** From the next turn of the event loop on warnings go where they went before. */
  readonly stop: () => Promise<void>;
}

/** Keeps the warnings of this process, which Node would print amidst the results of the tests. */
export function collectWarnings(): CollectedWarnings {
  const before = process.listeners('warning');
  const warnings: Error[] = [];
  process.removeAllListeners('warning');
  process.on('warning', (warning) => warnings.push(warning));
  return {
    warnings,
    stop: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      process.removeAllListeners('warning');
      for (const listener of before) process.on('warning', listener);
    },
  };
}

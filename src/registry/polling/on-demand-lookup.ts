/** Reads models from the repository that a request names and no poll has found yet. */
export interface OnDemandLookup {
  /** Resolves when the model was looked up, or when it may not be looked up now. Never rejects. */
  lookUp(model: string): Promise<void>;
}

export interface OnDemandLookupOptions {
  /** Reads one model, and waits until what it found has been loaded or has failed. */
  readonly lookUp: (model: string) => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The shortest time between two lookups of one model. */
export const minLookupIntervalMs = 1_000;

/** The most models that are looked up within that time: it bounds what made-up names cost the store. */
export const maxRecentLookups = 8;

interface RecentLookup {
  readonly startedAt: number;
  readonly done: Promise<void>;
  hasEnded: boolean;
}

/** Concurrent requests for the same model share one lookup; the number of lookups at a time is bounded. */
export function createOnDemandLookup({ lookUp, now }: OnDemandLookupOptions): OnDemandLookup {
  const recent = new Map<string, RecentLookup>();

  const begin = (model: string): RecentLookup => ({
    startedAt: now(),
    hasEnded: false,
    done: lookUp(model),
  });
  const settled = async (current: RecentLookup): Promise<void> => {
    try {
      await current.done;
    } catch {
      // The caller gets an error for the unknown model; the poller reports why the store does not answer.
    }
    current.hasEnded = true;
  };

  return {
    async lookUp(model) {
      for (const [name, { startedAt, hasEnded }] of recent) {
        if (hasEnded && now() - startedAt >= minLookupIntervalMs) recent.delete(name);
      }
      const known = recent.get(model);
      if (!known && recent.size >= maxRecentLookups) return;
      const current = known ?? begin(model);
      recent.set(model, current);
      await settled(current);
    },
  };
}

/** Looks for models that somebody asks for and nobody knows here yet. */
export interface Seeker {
  /** Resolves when the model was looked for, or when no look is due. Never rejects. */
  seek(model: string): Promise<void>;
}

export interface SeekerOptions {
  /** Looks for one model, and waits until what it found has been loaded or has failed. */
  readonly look: (model: string) => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A model that was just looked for is not looked for again before this has passed. */
export const seekAgainAfterMs = 1_000;

/** The most models that are looked for within that time: names that somebody makes up cost the store no more. */
export const maxSeeks = 8;

interface Look {
  readonly startedAt: number;
  readonly done: Promise<void>;
  hasEnded: boolean;
}

/** Everybody who asks for the same model shares one look; asking for many does not lead to many. */
export function createSeeker({ look, now }: SeekerOptions): Seeker {
  const looks = new Map<string, Look>();

  const begin = (model: string): Look => ({ startedAt: now(), hasEnded: false, done: look(model) });
  const settled = async (current: Look): Promise<void> => {
    try {
      await current.done;
    } catch {
      // Whoever asked learns that the model is not known; why the store is away is told by the watch.
    }
    current.hasEnded = true;
  };

  return {
    async seek(model) {
      for (const [name, { startedAt, hasEnded }] of looks) {
        if (hasEnded && now() - startedAt >= seekAgainAfterMs) looks.delete(name);
      }
      const known = looks.get(model);
      if (!known && looks.size >= maxSeeks) return;
      const current = known ?? begin(model);
      looks.set(model, current);
      await settled(current);
    },
  };
}

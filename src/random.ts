/**
 * The one source of chance in Glimpse: seeded, resumable, never `Math.random`.
 * Generator: sfc32 (C. Doty-Humphrey, PractRand), seeded through splitmix32.
 */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform in [-bound, bound). */
  symmetric(bound: number): number;
  /** Standard normal (Box-Muller, Marsaglia's polar form). */
  normal(): number;
  /** Uniform integer in [0, limit). */
  integer(limit: number): number;
  /** Shuffles in place (Fisher-Yates). */
  shuffle<T extends { length: number; [index: number]: number }>(items: T): T;
  /** An independent stream for one purpose; same state and same name give the same stream. */
  fork(name: string): Random;
  /** Four words that `restoreRandom` takes: a resumed run continues exactly here. */
  state(): RandomState;
}

export type RandomState = [number, number, number, number];

export function createRandom(seed: number): Random {
  const mix = splitmix32(seed);
  const random = restoreRandom([mix(), mix(), mix(), 1]);
  for (let i = 0; i < 12; i += 1) random.next();
  return random;
}

export function restoreRandom(state: RandomState): Random {
  let [a, b, c, counter] = state;
  const word = (): number => {
    const t = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    c |= 0;
    return t >>> 0;
  };
  const random: Random = {
    next: () => word() / 4_294_967_296,
    symmetric: (bound) => (random.next() * 2 - 1) * bound,
    normal: () => {
      for (;;) {
        const u = random.next() * 2 - 1;
        const v = random.next() * 2 - 1;
        const s = u * u + v * v;
        // The second normal of the pair is dropped, so the state stays four words.
        if (s > 0 && s < 1) return u * Math.sqrt((-2 * Math.log(s)) / s);
      }
    },
    integer: (limit) => Math.floor(random.next() * limit),
    shuffle: (items) => {
      for (let i = items.length - 1; i > 0; i -= 1) {
        const j = random.integer(i + 1);
        const held = items[i]!;
        items[i] = items[j]!;
        items[j] = held;
      }
      return items;
    },
    fork: (name) => createRandom(hash(name, a ^ b ^ c ^ counter)),
    state: () => [a, b, c, counter],
  };
  return random;
}

function splitmix32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return z ^ (z >>> 15);
  };
}

/** FNV-1a, started from the parent's state, so that forks of different parents differ. */
function hash(text: string, start: number): number {
  let value = (start ^ 0x811c9dc5) | 0;
  for (const char of text) value = Math.imul(value ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return value;
}

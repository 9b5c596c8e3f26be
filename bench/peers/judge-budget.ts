import type { Figures } from './generate.ts';

/** Processor time of Glimpse over that of the plain Fastify server of the same run, by peer and scene. */
export interface Budget {
  /** How much more a run may say than what is written down, as a share: a machine has its moods. */
  readonly room: number;
  readonly ratios: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface Verdict {
  readonly peer: string;
  readonly scene: string;
  /** NaN where it was not measured. */
  readonly ratio: number;
  readonly allowed: number;
  readonly isKept: boolean;
}

type Measured = ReadonlyMap<string, ReadonlyMap<string, Pick<Figures, 'cpuMs'>>>;

/** A plain server reads no photo rightly, so a photo is compared with what a JPEG of its size costs it. */
const comparedWith = (scene: string): string => scene.replace(/^photo/, 'JPEG');

/** The ratio of each scene that both measured. */
export function ratiosOf(measured: Measured, plain: string): Budget['ratios'] {
  const base = measured.get(plain);
  const peers = [...measured].filter(([peer]) => peer !== plain);
  return Object.fromEntries(
    peers.map(([peer, scenes]) => [
      peer,
      Object.fromEntries(
        [...scenes].flatMap(([scene, { cpuMs }]) => {
          const plainMs = base?.get(comparedWith(scene))?.cpuMs;
          return plainMs === undefined ? [] : [[scene, cpuMs / plainMs]];
        }),
      ),
    ]),
  );
}

/** Compares the ratios of a run with what they may be; a scene of the budget that was not measured is not kept. */
export function judge({ room, ratios }: Budget, measured: Budget['ratios']): Verdict[] {
  return Object.entries(ratios).flatMap(([peer, scenes]) =>
    Object.entries(scenes).map(([scene, written]) => {
      const ratio = measured[peer]?.[scene] ?? NaN;
      const allowed = written * (1 + room);
      return { peer, scene, ratio, allowed, isKept: ratio <= allowed };
    }),
  );
}

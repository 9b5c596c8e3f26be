import type { Manifest } from '../../repository/manifest.ts';
import type { PredictedCall, PredictedImage } from '../predicted-call.ts';
import { driftFigures, type DriftFigure } from './drift-figures.ts';
import { enoughFor, stabilityIndex } from './stability-index.ts';

/** How far the last predictions of a version are from its baseline in one figure. */
export interface DriftSample {
  readonly model: string;
  readonly version: number;
  readonly figure: string;
  /** Its population stability index. */
  readonly index: number;
}

/**
 * The last predictions of every version that has a baseline, as bins and nothing else of them. A figure is told once
 * there are enough of them for it.
 */
export interface DriftTracker {
  observe(call: PredictedCall): void;
  samples(): DriftSample[];
}

export interface DriftOptions {
  /** How many predictions of a version are looked at. */
  readonly window: number;
  /** How many versions are watched at once; the one that was watched first gives way. */
  readonly maxVersions: number;
}

export function createDriftTracker({ window, maxVersions }: DriftOptions): DriftTracker {
  const versions = new Map<string, VersionWindow>();
  return {
    observe({ manifest, images }) {
      if (!manifest.baseline) return;
      const key = keyOf(manifest);
      let seen = versions.get(key);
      if (!seen) {
        const [oldest] = versions.keys();
        if (versions.size >= maxVersions && oldest !== undefined) versions.delete(oldest);
        seen = createWindow(manifest, manifest.baseline, window);
        versions.set(key, seen);
      }
      for (const image of images) seen.add(image);
    },
    samples: () => [...versions.values()].flatMap((one) => one.samples()),
  };
}

function keyOf({ model, version }: Pick<Manifest, 'model' | 'version'>): string {
  return `${model}/${version}`;
}

type VersionWindow = ReturnType<typeof createWindow>;

/** A ring of bins for each figure, with their counts. */
function createWindow(
  { model, version, signature }: Manifest,
  baseline: NonNullable<Manifest['baseline']>,
  size: number,
) {
  const figures = driftFigures(baseline, signature.classes).map((figure) => ({
    figure,
    ring: new Uint8Array(size),
    counts: new Uint32Array(figure.expected.length),
  }));
  let seen = 0;
  return {
    add(image: PredictedImage): void {
      const at = seen % size;
      for (const { figure, ring, counts } of figures) {
        if (seen >= size) counts[ring[at]!]! -= 1;
        const bin = figure.binOf(image);
        ring[at] = bin;
        counts[bin]! += 1;
      }
      seen += 1;
    },
    samples(): DriftSample[] {
      const count = Math.min(seen, size);
      return figures
        .filter(({ figure }) => isComparable(figure) && count >= enoughFor(figure.expected.length))
        .map(({ figure: { name, expected }, counts }) => ({
          model,
          version,
          figure: name,
          index: stabilityIndex(expected, counts),
        }));
    },
  };
}

/** Values in one bin cannot move, and a baseline without any says nothing. */
function isComparable({ expected }: DriftFigure): boolean {
  return expected.length > 1 && expected.some((count) => count > 0);
}

import { withDigest, type Dataset } from '../../src/datasets/dataset.ts';
import type { Random } from '../../src/random.ts';

export const SIDE = 24;

/** A burst: a few scenes, and of each many frames that differ by a pixel of shift, by light and by noise. */
export interface Burst {
  readonly dataset: Dataset;
  /** The scene of every example. */
  readonly sceneOf: readonly number[];
}

/** Three classes, told by a bright, a dark or a striped patch on a ground of its own for every scene. */
export function drawBurst(
  random: Random,
  { scenesOfClass, frames }: { readonly scenesOfClass: number; readonly frames: number },
): Burst {
  const pixels: number[] = [];
  const labels: number[] = [];
  const sceneOf: number[] = [];
  for (let label = 0; label < 3; label += 1) {
    for (let scene = 0; scene < scenesOfClass; scene += 1) {
      const at = drawScene(random, label);
      for (let frame = 0; frame < frames; frame += 1) {
        const [right, down] = [random.integer(3) - 1, random.integer(3) - 1];
        const light = random.symmetric(8);
        for (let y = 0; y < SIDE; y += 1) {
          for (let x = 0; x < SIDE; x += 1) {
            pixels.push(at(x + right, y + down) + light + random.symmetric(6));
          }
        }
        labels.push(label);
        sceneOf.push(label * scenesOfClass + scene);
      }
    }
  }
  const dataset = withDigest({
    pixels: Uint8Array.from(pixels, (value) => Math.max(0, Math.min(255, Math.round(value)))),
    labels: Int32Array.from(labels),
    shape: { width: SIDE, height: SIDE, channels: 1 },
    classes: ['bright', 'dark', 'striped'],
  });
  return { dataset, sceneOf };
}

/** The level of a scene at each point: a few waves, and the patch of its class somewhere. */
function drawScene(random: Random, label: number): (x: number, y: number) => number {
  const waves = Array.from({ length: 4 }, () => [
    random.symmetric(0.6),
    random.symmetric(0.6),
    random.symmetric(3),
    20 + random.next() * 20,
  ]);
  const [left, top] = [2 + random.integer(14), 2 + random.integer(14)];
  return (x, y) => {
    const ground = waves.reduce(
      (sum, [across = 0, along = 0, phase = 0, height = 0]) =>
        sum + height * Math.sin(across * x + along * y + phase),
      120,
    );
    if (x < left || x >= left + 6 || y < top || y >= top + 6) return ground;
    const stripe = (x + y) % 2 === 0 ? 45 : -45;
    return ground + [45, -45, stripe][label]!;
  };
}

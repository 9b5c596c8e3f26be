import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { GoldenSample } from '../repository/manifest.ts';
import { toScores, type Signature } from '../signature.ts';
import { UsageError } from '../cli/command.ts';

/** An image that is to become a golden sample. */
export interface GoldenImage {
  readonly path: string;
  readonly bytes: Buffer;
  /** The class it is known to be of; then the model must agree. */
  readonly expected: string | undefined;
}

export interface RecordedGolden {
  readonly samples: readonly GoldenSample[];
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Samples left out, and why. */
  readonly notes: readonly string[];
}

/** A sample whose best score hardly leads would fail on another processor's rounding. */
const leastLead = 0.05;

/** Reads images for golden samples. An item is a file, or "class=file" when its class is known. */
export async function readGolden(
  items: readonly string[],
  classes: readonly string[],
): Promise<GoldenImage[]> {
  const images: GoldenImage[] = [];
  for (const item of items) {
    const expected = classes.find((name) => item.startsWith(`${name}=`));
    const path = expected === undefined ? item : item.slice(expected.length + 1);
    const bytes = await readFile(path).catch(() => {
      throw new UsageError(`There is no golden sample ${path}.`);
    });
    images.push({ path, bytes, expected });
  }
  return images;
}

/** The scores of the model on the images, with which every later load is compared. */
export function recordGolden(
  images: readonly GoldenImage[],
  outputs: readonly Float32Array[],
  { classes, output }: Signature,
): RecordedGolden {
  const samples: GoldenSample[] = [];
  const files = new Map<string, Uint8Array>();
  const notes: string[] = [];
  for (const [index, { path, bytes, expected }] of images.entries()) {
    const scores = toScores(outputs[index]!, output.kind).map((score) => Number(score.toFixed(6)));
    const [best = 0, second = 0] = scores.toSorted((a, b) => b - a);
    const label = classes[scores.indexOf(best)]!;
    if (expected !== undefined && expected !== label) {
      throw new UsageError(
        `${path} should be "${expected}" and comes out as "${label}" (${best.toFixed(3)}): are the classes in the order of the scores, and is the preprocessing the one it was trained with?`,
      );
    }
    if (best - second < leastLead) {
      notes.push(`golden  ${path} left out: "${label}" hardly leads (${best.toFixed(3)})`);
      continue;
    }
    const file = `golden/${samples.length}-${basename(path).replaceAll(/[^A-Za-z0-9._-]/g, '_')}`;
    files.set(file, bytes);
    samples.push({ file, label, scores });
  }
  return { samples, files, notes };
}

import { readdir, readFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { encodePng } from '../../image/encode-png.ts';
import type { ImagePreparer } from '../../image/prepare-image.ts';
import type { GoldenSample } from '../../repository/manifest.ts';
import type { Preprocessing } from '../../preprocessing/contract.ts';
import { softmax } from '../../tensor.ts';
import { exampleAt } from '../../datasets/dataset.ts';
import type { Examples } from '../examples/batches.ts';
import type { Infer } from './evaluate.ts';

/** An encoded image that may become a golden sample. */
export interface GoldenCandidate {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** The class it shows. */
  readonly expected: string;
}

export interface GoldenSet {
  readonly samples: readonly GoldenSample[];
  /** path in the version -> its bytes */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Candidates left out, with the reason, for people. */
  readonly notes: readonly string[];
}

export interface GoldenContext {
  readonly images: ImagePreparer;
  readonly infer: Infer;
  readonly preprocessing: Preprocessing;
  readonly classes: readonly string[];
  readonly signal: AbortSignal;
}

const MAX_SAMPLES = 20;
/** How many held-out examples are encoded when no images are given. */
const MAX_ENCODED_EXAMPLES = 5;
/** A sample whose best score hardly leads would fail on another processor's rounding. */
const MIN_MARGIN = 0.2;

/**
 * Golden samples with their scores, taken through the very path that serves them: decode, preprocess,
 * infer. A candidate that the model gets wrong, or hardly right, is left out and noted.
 */
export async function chooseGolden(
  candidates: readonly GoldenCandidate[],
  context: GoldenContext,
): Promise<GoldenSet> {
  const samples: GoldenSample[] = [];
  const files = new Map<string, Uint8Array>();
  const notes: string[] = [];
  for (const { name, bytes, expected } of candidates) {
    const scores = await scoresOf(bytes, context);
    const [best, second = 0] = [...scores].sort((a, b) => b - a);
    const label = context.classes[scores.indexOf(best!)]!;
    if (label !== expected) notes.push(`golden sample ${name} left out: answered "${label}"`);
    else if (best! - second < MIN_MARGIN) notes.push(`golden sample ${name} left out: not sure`);
    else {
      const file = `golden/${name.replaceAll(/[^A-Za-z0-9._-]/g, '_')}`;
      files.set(file, bytes);
      samples.push({ file, label, scores });
    }
  }
  return { samples, files, notes };
}

/** Images of a folder named after the class they show: "7.png", "7-slanted.jpg". */
export async function readGoldenFolder(
  folder: string,
  classes: readonly string[],
): Promise<GoldenCandidate[]> {
  const names = (await readdir(folder)).sort((a, b) => (a < b ? -1 : 1));
  const candidates: GoldenCandidate[] = [];
  for (const name of names) {
    const stem = basename(name, extname(name));
    const expected = classes.find((known) => stem === known || stem.startsWith(`${known}-`));
    if (expected === undefined || candidates.length === MAX_SAMPLES) continue;
    candidates.push({ name, expected, bytes: await readFile(join(folder, name)) });
  }
  return candidates;
}

/** The first examples of a few different classes, as PNG files. */
export async function encodeExamples({ dataset, indices }: Examples): Promise<GoldenCandidate[]> {
  const met = new Set<number>();
  const candidates: GoldenCandidate[] = [];
  for (const index of indices) {
    const label = dataset.labels[index]!;
    if (met.has(label)) continue;
    met.add(label);
    candidates.push({
      name: `${candidates.length}.png`,
      expected: dataset.classes[label]!,
      bytes: await encodePng(exampleAt(dataset, index).slice(), dataset.shape),
    });
    if (candidates.length === MAX_ENCODED_EXAMPLES) break;
  }
  return candidates;
}

async function scoresOf(bytes: Uint8Array, context: GoldenContext): Promise<number[]> {
  const { images, infer, preprocessing, signal } = context;
  const logits = await infer(await images.prepare(bytes, preprocessing, 'NCHW', signal), 1);
  return softmax(logits).map((score) => Number(score.toFixed(6)));
}

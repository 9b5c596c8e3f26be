import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ImagePreparer } from '../image/prepare-image.ts';
import type { GoldenSample } from '../repository/manifest.ts';
import type { ModelRuntime } from '../runtime/runtime.ts';
import { toScores, type Preprocessing, type Signature } from '../signature.ts';
import { sizeOf, stack, unstack } from '../tensor.ts';
import { UsageError } from './command.ts';

export interface RecordedGolden {
  readonly samples: readonly GoldenSample[];
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Samples left out, and why. */
  readonly notes: readonly string[];
}

export interface RecordOptions {
  readonly images: ImagePreparer;
  readonly runtime: ModelRuntime;
  readonly signature: Signature;
  readonly preprocessing: Preprocessing;
}

/** A sample whose best score hardly leads would fail on another processor's rounding. */
const leastLead = 0.05;

/**
 * What the model answers to some images now, so that every later load can be held against it. An item
 * is a file, or "class=file" when its class is known; then the model must agree.
 */
export async function recordGolden(
  items: readonly string[],
  parts: RecordOptions,
): Promise<RecordedGolden> {
  const samples: GoldenSample[] = [];
  const files = new Map<string, Uint8Array>();
  const notes: string[] = [];
  for (const item of items) {
    const { path, expected } = splitItem(item, parts.signature.classes);
    const bytes = await readFile(path).catch(() => {
      throw new UsageError(`There is no golden sample ${path}.`);
    });
    const scores = await scoresOf(bytes, parts);
    const [best = 0, second = 0] = scores.toSorted((a, b) => b - a);
    const label = parts.signature.classes[scores.indexOf(best)]!;
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

/** Whether everything the model gives to a few different inputs could be probabilities. */
export async function looksLikeProbabilities(
  runtime: ModelRuntime,
  { input: { shape } }: Signature,
): Promise<boolean> {
  const inputs = [0, 0.25, 1].map((value) =>
    Float32Array.from({ length: sizeOf(shape) }, (_, index) =>
      index % 3 === 0 ? value : value / 2,
    ),
  );
  const rows = unstack(await runtime.infer(stack(inputs, shape)));
  return rows.every((row) => {
    const sum = row.reduce((total, score) => total + score, 0);
    return Math.abs(sum - 1) < 1e-3 && row.every((score) => score >= 0 && score <= 1);
  });
}

async function scoresOf(
  bytes: Uint8Array,
  { images, runtime, signature, preprocessing }: RecordOptions,
): Promise<number[]> {
  const { layout, shape } = signature.input;
  const example = await images.prepare(bytes, preprocessing, layout);
  const [row = new Float32Array()] = unstack(await runtime.infer(stack([example], shape)));
  if (!row.every(Number.isFinite)) {
    throw new UsageError('The model answers with numbers that are not finite.');
  }
  const scores = toScores(row, signature.output.kind);
  return scores.map((score) => Number(score.toFixed(6)));
}

function splitItem(
  item: string,
  classes: readonly string[],
): { path: string; expected: string | undefined } {
  const expected = classes.find((name) => item.startsWith(`${name}=`));
  return { path: expected === undefined ? item : item.slice(expected.length + 1), expected };
}

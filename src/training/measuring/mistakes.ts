import type { Dataset } from '../../datasets/dataset.ts';
import { drawExamples } from '../../datasets/looking/contact-sheet.ts';
import type { Examples } from '../examples/batches.ts';
import type { TrainEvent } from '../events.ts';

/** Most that are shown, and how many stand side by side on their sheet. */
const MAX_SHOWN = 100;
const COLUMNS = 10;

/** What a net answered to an example: a class, and its score. */
export interface AnsweredExample {
  readonly answered: number;
  readonly score: number;
}

/** An example that was answered wrongly. */
export interface Mistake extends AnsweredExample {
  /** Of the example in its dataset. */
  readonly index: number;
}

/** Of what a net was measured on. */
export interface Mistakes {
  readonly dataset: Dataset;
  readonly worst: readonly Mistake[];
}

/** The wrong answers to examples, which are in the same order: the surest first, since these are the worst; so many at most. */
export function worstMistakes(
  { dataset, indices }: Examples,
  answers: readonly AnsweredExample[],
): Mistakes {
  const worst = answers
    .map((answer, row) => ({ ...answer, index: indices[row]! }))
    .filter(({ answered, index }) => answered !== dataset.labels[index])
    .toSorted((one, other) => other.score - one.score)
    .slice(0, MAX_SHOWN);
  return { dataset, worst };
}

interface TellContext {
  /** Keeps the sheet of their pictures, a PNG, in the same order. */
  readonly saveSheet?: (png: Buffer) => Promise<void>;
  readonly report: (event: TrainEvent) => void;
}

/** Tells mistakes with their pictures, where somebody keeps these. */
export async function tellMistakes(
  { dataset, worst }: Mistakes,
  { saveSheet, report }: TellContext,
): Promise<void> {
  if (!saveSheet || worst.length === 0) return;
  const { classes, labels } = dataset;
  const indices = worst.map(({ index }) => index);
  const { png, cell } = await drawExamples(dataset, indices, COLUMNS);
  await saveSheet(png);
  const told = worst.map(({ index, answered, score }) => ({
    class: classes[labels[index]!]!,
    answered: classes[answered]!,
    score,
  }));
  report({ type: 'mistakes', mistakes: { cell, columns: COLUMNS, worst: told } });
}

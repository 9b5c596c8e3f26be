import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { table } from '../../../src/cli/table.ts';

/** A model that an exporter wrote, as its writer notes it (case.py) and Python's ONNX Runtime answers it (answer.py). */
export interface ExportedCase {
  readonly name: string;
  readonly file: string;
  /** How `glimpse publish` is called beside the file and the name. */
  readonly args: readonly string[];
  readonly labels: readonly string[];
  readonly images: number;
  /** What ONNX Runtime in Python makes of it: the scores of each image, in the order of the labels. */
  readonly scores?: readonly (readonly number[])[];
  /** The same by the library that the model was made with. */
  readonly own: readonly (readonly number[])[] | null;
  /** What the refusal says, of a model that cannot be served. */
  readonly refused?: string;
  readonly tolerance?: number;
}

/** What came of a case. */
export interface Outcome {
  readonly name: string;
  readonly isRight: boolean;
  readonly words: string;
}

/** The same numbers to the seventh digit, summed in another order. */
const usualTolerance = 1e-5;

/** The cases of a folder, by their names. */
export async function casesIn(folder: string): Promise<ExportedCase[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json'));
  const read = async (file: string): Promise<ExportedCase> =>
    JSON.parse(await readFile(join(folder, file), 'utf8')) as ExportedCase;
  return await Promise.all(files.toSorted().map(read));
}

/** Holds what a server answers to what the libraries do. */
export function compareScores(
  { name, scores, own, tolerance = usualTolerance }: ExportedCase,
  answered: readonly (readonly number[])[],
): Outcome {
  const references = Object.entries({
    'ONNX Runtime': scores,
    'its own library': own ?? undefined,
  });
  const differences = references.flatMap(([library, expected]) =>
    expected === undefined ? [] : [[library, farthest(answered, expected)] as const],
  );
  return {
    name,
    isRight: differences.length > 0 && differences.every(([, most]) => most <= tolerance),
    words: differences.map(([library, most]) => `${library} ${most.toExponential(1)}`).join(', '),
  };
}

function farthest(
  rows: readonly (readonly number[])[],
  expected: readonly (readonly number[])[],
): number {
  if (rows.length !== expected.length) return Infinity;
  const differences = rows.flatMap((row, at) =>
    row.map((score, place) => Math.abs(score - (expected[at]![place] ?? Infinity))),
  );
  return differences.some(Number.isNaN) ? Infinity : Math.max(...differences);
}

/** All outcomes as a table, the wrong ones marked. */
export function outcomesInWords(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ name, isRight, words }) => [name, isRight ? 'ok' : 'FAILED', words]);
  return table(['model', '', 'largest difference, or why it is refused'], rows);
}

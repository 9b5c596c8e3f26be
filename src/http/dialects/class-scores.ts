import { strict as assert } from 'node:assert';
import type { PredictResult } from '../../serving/predictor.ts';
import { toScores, type Signature } from '../../signature.ts';

/** All scores of all classes, in the order of the classes: one row for each image. */
export interface ClassScores {
  readonly classes: readonly string[];
  readonly rows: readonly ArrayLike<number>[];
}

/** What the model itself gave, as it gave it. */
export function rawScores(result: PredictResult): ClassScores & { readonly signature: Signature } {
  const { outputs } = result;
  assert(outputs, 'a call of a dialect is answered without outputs: this is our bug');
  const { signature } = outputs;
  const rows = outputs.rows.map((row) => {
    assert(row, 'a bad image was answered without being asked for: this is our bug');
    return row;
  });
  return { classes: signature.classes, rows, signature };
}

/** The scores as they are served: probabilities, or what each sigmoid says by itself. */
export function servedScores(result: PredictResult): ClassScores {
  const { classes, rows, signature } = rawScores(result);
  return { classes, rows: rows.map((row) => toScores(row, signature.output.kind)) };
}

/** Where the `count` largest of a row stand, best first; of equal ones the first. */
export function bestOf(row: ArrayLike<number>, count: number): number[] {
  return Array.from(row, (_, at) => at)
    .toSorted((one, other) => row[other]! - row[one]! || one - other)
    .slice(0, count);
}

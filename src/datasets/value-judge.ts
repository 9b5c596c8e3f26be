import type { GlimpseError } from '../errors.ts';
import type { PixelScale } from './pixels/pixel-range.ts';
import { undecided, type Refuse } from './refusal.ts';
import { looksScaled, type ExampleRow } from './row.ts';

/** Judges, once all rows are read, whether the values of a dataset are what they were taken for. */
export interface ValueJudge {
  /** A row with a value outside of the range. */
  addOutside(): void;
  add(row: ExampleRow): void;
  /** Why so many rows cannot be used, when most have values outside of a range nobody declared. */
  explain(rowsRead: number): GlimpseError | undefined;
  /** Refuses values of so many examples that can hardly be of 0..255. */
  judge(examples: number): void;
}

/** Fewer rows do not show what values a dataset has. */
const ENOUGH = 10;

/** A judge for a dataset whose largest value must be this one at least, where no range was declared. */
export function createValueJudge(
  scale: PixelScale,
  leastMaximum: number,
  refuse: Refuse,
): ValueJudge {
  let [scaledRows, outsideRows] = [0, 0];
  return {
    addOutside() {
      outsideRows += 1;
    },
    add(row) {
      if (!scale.isDeclared && (row.isScaled ?? looksScaled(row.values))) scaledRows += 1;
    },
    explain(rowsRead) {
      const isCommon = outsideRows >= ENOUGH && outsideRows > rowsRead / 2;
      return isCommon ? scale.outsideRefusal() : undefined;
    },
    judge(examples) {
      if (examples >= ENOUGH) scale.judge(leastMaximum, refuse);
      if (scaledRows <= examples / 2) return;
      const error = undecided(
        'range',
        'most of its images have no value above 1, and fractions: they look scaled to 0..1; say dataset.range: 1 (--range), or give them as 0..255',
        { values: [1] },
      );
      refuse(error);
    },
  };
}

/** A thin straight line of a form or of ruled paper; `at` is its middle at `from`, across its direction. */
export interface Rule {
  readonly isUpright: boolean;
  readonly from: number;
  readonly to: number;
  readonly at: number;
  readonly slope: number;
  readonly thickness: number;
}

export const lengthOf = ({ from, to }: Rule): number => to - from;

/** Thicker than this part of the height of what it belongs to a line is a stroke; where that is low, so many pixels. */
const THIN = 0.085;
const THINNEST = 2.5;

export const isThin = ({ thickness }: Rule, high: number): boolean =>
  thickness <= Math.max(THINNEST, THIN * high);

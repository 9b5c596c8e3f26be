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

/** The values that eight bits stand for: (level - zero) * scale, for levels of 0 to 255. */
export interface EightBits {
  readonly scale: number;
  readonly zero: number;
}

/** From the least to the largest of the values. */
export interface Range {
  readonly least: number;
  readonly largest: number;
}

/** How eight bits stand for a range. Zero is one of the values always: padding is made of it. */
export function eightBitsOf({ least, largest }: Range): EightBits {
  const low = Math.min(0, least);
  const high = Math.max(0, largest);
  const scale = Math.fround((high - low) / 255);
  // A layer that only ever gave zeros.
  if (!(scale > 0)) return { scale: 1, zero: 0 };
  return { scale, zero: Math.min(255, Math.max(0, Math.round(-low / scale))) };
}

/** Which shares of the observed range are tried: a few values far out may cost all others their steps. */
export const shares = [1, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4] as const;

/** A part of a range around zero. */
export function shareOf({ least, largest }: Range, share: number): Range {
  return { least: least * share, largest: largest * share };
}

/** The range that holds both. */
export function joined(one: Range, other: Range): Range {
  return {
    least: Math.min(one.least, other.least),
    largest: Math.max(one.largest, other.largest),
  };
}

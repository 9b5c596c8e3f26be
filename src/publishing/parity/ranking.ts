import type { ContractTwo } from '../../preprocessing/contract-two.ts';

/** A contract, and how far it is from the references. */
export interface Judged {
  readonly contract: ContractTwo;
  readonly distance: number;
}

/** The closest first. */
export function ranked<J extends Judged>(judged: readonly J[]): J[] {
  return judged.toSorted((one, other) => one.distance - other.distance);
}

/**
 * The words of the best few of what was tried, as parts of further contracts. Of those that have the same key only the
 * best is one of them; unless a key is named, that are equal ones.
 */
export function bestParts<P>(
  judged: readonly Judged[],
  count: number,
  partOf: (contract: ContractTwo) => P,
  keyOf: (part: P) => unknown = (part) => part,
): P[] {
  const parts = new Map<string, P>();
  for (const { contract } of ranked(judged)) {
    const part = partOf(contract);
    const key = JSON.stringify(keyOf(part));
    if (!parts.has(key)) parts.set(key, part);
    if (parts.size === count) break;
  }
  return [...parts.values()];
}

/** How a contract frames an image and reads its file, whatever it weighs pixels by. */
export function framingPart({ resize, crop, icc, exif, alpha }: ContractTwo) {
  const { kernel: _kernel, antialias: _antialias, ...framed } = resize;
  return { resize: framed, ...(crop && { crop }), icc, exif, alpha };
}

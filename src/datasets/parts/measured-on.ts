import type { OpenedDataset } from '../open.ts';
import type { DatasetSpec, UploadedFile } from '../spec.ts';

/** A dataset as a request names it, with the files that came for it. */
export interface SourcePlan {
  readonly spec: DatasetSpec;
  readonly uploads: readonly UploadedFile[];
}

/** The folder of a dataset, a path in it, or the split of its files, that is its test, when the request names no other. */
export function heldOutOf(
  { spec, uploads }: SourcePlan,
  { heldOut }: Pick<OpenedDataset, 'heldOut'>,
): SourcePlan | undefined {
  if (heldOut === undefined) return undefined;
  const { classes, shape, offset: _offset, limit: _limit, ...same } = spec;
  const known = { ...(classes && { classes }), ...(shape && { shape }) };
  return 'uri' in heldOut
    ? { spec: { ...heldOut, ...known }, uploads: [] }
    : { spec: { ...same, ...known, ...heldOut }, uploads };
}

/** Classes that none of the examples that are measured on is of; none when nothing is measured at all. */
export function unmeasuredClasses(
  classes: readonly string[],
  measuredLabels: Iterable<number>,
): string[] {
  const measured = new Set(measuredLabels);
  return measured.size === 0 ? [] : classes.filter((_, index) => !measured.has(index));
}

/** How many classes a sentence names. */
const MAX_NAMED = 10;

/** In words, which classes nothing is measured of. */
export function unmeasuredNote(missing: readonly string[]): string {
  const named = missing.slice(0, MAX_NAMED).map((name) => JSON.stringify(name.slice(0, 50)));
  const rest = missing.length > named.length ? `, ... (${missing.length} in all)` : '';
  return `No figure says how well these classes are told, for want of examples to measure on: ${named.join(', ')}${rest}.`;
}

import { inWords } from './parity/contract-in-words.ts';
import type { Reference } from './parity/read-references.ts';
import { invalid } from './parity/reference-array.ts';
import type { FoundByReferences } from './find-by-references.ts';
import type { GoldenImage } from './record-golden.ts';

/** Every load of a version runs its golden samples, so that of many references the first are kept. */
const MOST_KEPT = 16;

/** The references as golden samples. GLIMPSE_REFERENCE_INVALID where the scores are not of these classes. */
export function goldenOf(
  references: readonly Reference[],
  classes: readonly string[],
): GoldenImage[] {
  const other = references.find(({ scores }) => scores && scores.length !== classes.length);
  if (other) {
    throw invalid(
      other.name,
      `it has ${other.scores?.length} scores, and there are ${classes.length} classes`,
    );
  }
  return references
    .slice(0, MOST_KEPT)
    .map(({ path, bytes }) => ({ path, bytes, expected: undefined }));
}

const most = (values: readonly (number | undefined)[]): number | undefined =>
  values.reduce((all, one) => (one === undefined ? all : Math.max(all ?? 0, one)), undefined);

/** What was found by references, and how far the farthest is from it. */
export function describeParity({ contract, remaining, references }: FoundByReferences): string[] {
  const level = most(remaining.map(({ mean }) => mean));
  const score = most(remaining.map(({ score: one }) => one));
  const left = [
    ...(level === undefined ? [] : [`${level.toFixed(3)} levels in the mean`]),
    ...(score === undefined ? [] : [`${score.toFixed(6)} of a score`]),
  ];
  return [
    `parity  ${inWords(contract)}`,
    `        ${left.join(', ')} at most on ${references.length} references`,
  ];
}

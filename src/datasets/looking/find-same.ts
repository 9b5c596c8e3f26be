import { cleanDataset, type Duplicate } from '../cleaning/clean-dataset.ts';
import type { RowReport } from '../row-report.ts';
import { atRow, counted, type Findings } from './findings.ts';
import type { LookedAt, Part } from './looked-at.ts';
import { findSameImages, joined } from './near-duplicates.ts';

/** Images that are there twice: in one part, in several, or under several classes. */
export async function findSame(
  looked: readonly LookedAt[],
  findings: Findings,
  signal: AbortSignal,
): Promise<void> {
  for (const one of looked) {
    const { duplicates, conflicts } = await cleanDataset(one.opened.dataset, {
      locations: one.rows.locations,
      keepDuplicates: true,
      signal,
    });
    addReport(findings, 'conflicts', conflicts);
    addReport(findings, 'duplicates', duplicates);
  }
  const groups = await findSameImages(
    looked.map(({ opened }) => opened.dataset),
    signal,
  );
  const all = numberAll(looked);
  findShared(groups, all, findings);
  findNear(groups, all, findings);
}

/** Of each what is true of one, and of many. */
const sentences = {
  conflicts:
    'the same pixels as one of another class: nobody can know which is right, and an import leaves all of them out',
  duplicates: 'the same pixels as an earlier one of the class; an import leaves that out',
} as const;

function addReport(
  findings: Findings,
  code: keyof typeof sentences,
  { count, rows }: RowReport<Duplicate>,
): void {
  if (count === 0) return;
  findings.add({
    code,
    severity: 'note',
    message: `${counted(count, 'image has', 'images have')} ${sentences[code]}`,
    count,
    examples: rows.map(
      (row) => `${atRow(row)} (${row.label}) as ${atRow(row.first)} (${row.first.label})`,
    ),
  });
}

/** What is measured on and was learnt from makes every figure too good. */
function findShared(
  groups: readonly (readonly number[])[],
  { partOf, nameOf }: ReturnType<typeof numberAll>,
  findings: Findings,
): void {
  const shared: string[] = [];
  for (const group of groups) {
    const learnt = group.find((index) => partOf(index) === 'training');
    if (learnt === undefined) continue;
    for (const index of group) {
      const part = partOf(index);
      if (part !== 'training') shared.push(`${nameOf(index)} (${part}) as ${nameOf(learnt)}`);
    }
  }
  if (shared.length === 0) return;
  findings.add({
    code: 'shared-between-parts',
    severity: 'note',
    message: `${counted(shared.length, 'image', 'images')} to choose by or to measure on ${shared.length === 1 ? 'is' : 'are'} nearly or wholly the same as one to learn from: the figures will be too good`,
    count: shared.length,
    examples: shared,
  });
}

/** Images of one part that are nearly the same as its first of their group; those wholly the same are told before. */
function findNear(
  groups: readonly (readonly number[])[],
  { partOf, nameOf, pixelsOf }: ReturnType<typeof numberAll>,
  findings: Findings,
): void {
  const near: string[] = [];
  for (const group of groups) {
    const firsts = new Map<Part, number>();
    for (const index of group) {
      const first = firsts.get(partOf(index));
      if (first === undefined) firsts.set(partOf(index), index);
      else if (Buffer.compare(pixelsOf(index), pixelsOf(first)) !== 0) {
        near.push(`${nameOf(index)} as ${nameOf(first)}`);
      }
    }
  }
  if (near.length === 0) return;
  findings.add({
    code: 'near-duplicates',
    severity: 'note',
    message: `${counted(near.length, 'image is', 'images are')} nearly the same as an earlier one of the same part`,
    count: near.length,
    examples: near,
  });
}

/** What is known of the examples of all datasets, by the numbers of `joined`. */
function numberAll(looked: readonly LookedAt[]) {
  const { locate, pixelsOf } = joined(looked.map(({ opened }) => opened.dataset));
  return {
    partOf: (index: number): Part => {
      const [at, own] = locate(index);
      return looked[at]!.partOf(own);
    },
    nameOf: (index: number): string => {
      const [at, own] = locate(index);
      return looked[at]!.nameOf(own);
    },
    pixelsOf,
  };
}

import { lookAlikeNames, lookAlikeNote, nameClasses, spellingOf } from '../class-names.ts';
import { classCounts } from '../dataset.ts';
import { printable } from '../file-names.ts';
import { unmeasuredClasses, unmeasuredNote } from '../parts/measured-on.ts';
import type { ClassImages } from './class-images.ts';
import { counted, type Findings } from './findings.ts';
import type { LookedAt } from './looked-at.ts';

/** What there is to know of the classes of a dataset. */
export function findInClasses(
  looked: LookedAt,
  { outliers, constant, alike }: ClassImages,
  findings: Findings,
): void {
  const { classes } = looked.opened.dataset;
  for (const [name, spellings] of mergedSpellings(looked)) {
    findings.add({
      code: 'merged-labels',
      severity: 'note',
      message: `${spellings.length} spellings are one class, ${quoted(name)}`,
      count: spellings.length,
      examples: spellings.map(quoted),
    });
  }
  for (const names of lookAlikeNames(classes)) {
    findings.add({
      code: 'look-alike-names',
      severity: 'note',
      message: lookAlikeNote(names),
      count: names.length,
      examples: names.map((name) => examplesOf(looked, name)),
    });
  }
  if (alike.length > 0) {
    findings.add({
      code: 'look-alike-images',
      severity: 'note',
      message: `The mean images of ${counted(alike.length, 'pair', 'pairs')} of classes differ no more than chance makes them: are they the same?`,
      count: alike.length,
      examples: alike.map(
        ([one, other]) => `${quoted(classes[one]!)} and ${quoted(classes[other]!)}`,
      ),
    });
  }
  if (constant.length > 0) {
    findings.add({
      code: 'constant-images',
      severity: 'note',
      message: `${counted(constant.length, 'image is', 'images are')} of one colour`,
      count: constant.length,
      examples: constant.map(looked.nameOf),
    });
  }
  if (outliers.length > 0) {
    findings.add({
      code: 'outliers',
      severity: 'note',
      message: `${counted(outliers.length, 'image is', 'images are')} far from the mean image of the class`,
      count: outliers.length,
      examples: outliers.map(
        (index) =>
          `${looked.nameOf(index)} (${printable(classes[looked.opened.dataset.labels[index]!]!)})`,
      ),
    });
  }
}

const quoted = (name: string): string => `"${printable(name)}"`;

/** Classes that nothing is measured of, by the labels of what is measured on. */
export function findUnmeasured(
  looked: LookedAt,
  measuredLabels: readonly number[],
  findings: Findings,
): void {
  const { classes } = looked.opened.dataset;
  const missing = unmeasuredClasses(classes, measuredLabels);
  const isNone = measuredLabels.length === 0;
  if (missing.length === 0 && !isNone) return;
  findings.add({
    code: 'unmeasured-classes',
    severity: 'note',
    message: isNone
      ? 'No example is left to measure on: a class needs three to be learnt, chosen by and measured on.'
      : unmeasuredNote(missing),
    count: isNone ? classes.length : missing.length,
    examples: (isNone ? classes : missing).map((name) => examplesOf(looked, name)),
  });
}

/** "cat (2 examples)". */
function examplesOf({ opened: { dataset } }: LookedAt, name: string): string {
  const { classes, labels } = dataset;
  const count = classCounts(labels, classes.length)[classes.indexOf(name)] ?? 0;
  return `${printable(name)} (${count} ${count === 1 ? 'example' : 'examples'})`;
}

/** Spellings that mean the same class, where there are several. */
function mergedSpellings({ rows, opened }: LookedAt): [string, string[]][] {
  const raw = [...rows.spellings()].filter((one) => spellingOf(one) !== undefined);
  const names = nameClasses(raw.map((one) => spellingOf(one)!));
  const groups = new Map<string, string[]>();
  for (const [at, spelling] of raw.entries()) {
    const name = names[at];
    if (name === undefined || !opened.dataset.classes.includes(name)) continue;
    groups.set(name, [...(groups.get(name) ?? []), spelling]);
  }
  return [...groups].filter(([, { length }]) => length > 1);
}

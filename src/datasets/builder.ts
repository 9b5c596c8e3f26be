import { errors } from '../errors.ts';
import { createProvenanceCounter, type ProvenanceCounts } from '../image/provenance.ts';
import { countBadRows, type BadRow } from './bad-rows.ts';
import { checkClasses, checkPixelsAgainst } from './check-labels.ts';
import { createClassIndex } from './class-index.ts';
import { mayBeMissing } from './class-names.ts';
import { removeExamples, withDigest, type Dataset, type ImageShape } from './dataset.ts';
import { createExampleStore } from './example-store.ts';
import type { PixelScale } from './pixels/pixel-range.ts';
import type { Refuse } from './refusal.ts';
import type { ExampleRow, Row, RowLocation, RowProblem } from './row.ts';
import type { DatasetSpec } from './spec.ts';
import { createRowReporter, locationOf, type RowReport } from './row-report.ts';
import { createValueJudge } from './value-judge.ts';

export interface BuilderOptions {
  readonly shape?: ImageShape | undefined;
  /** Whether flat pixels come as planes; undefined when nobody said it. */
  readonly layout?: DatasetSpec['layout'];
  /** Allowed classes in the order of the outputs; without them every label that occurs is one. */
  readonly classes?: readonly string[] | undefined;
  readonly offset: number;
  readonly limit: number;
  readonly maxExamples: number;
  readonly maxBadRows: number;
  /** Makes bytes of its numbers, and knows what they were. */
  readonly scale: PixelScale;
  /** Its largest value must be this one at least, where no range was declared. */
  readonly leastMaximum: number;
  /** That it is a table: numbers side by side, of which one is the label. */
  readonly isTable: boolean;
  /** False: nothing is made of the labels, so that one for all examples will do. */
  readonly usesLabels?: boolean | undefined;
  readonly refuse: Refuse;
  readonly observer: RowObserver;
}

/** Whoever wants to know what becomes of each row. */
export interface RowObserver {
  /** Called with every example that is kept, with its number in the dataset. */
  readonly onExample?: (index: number, row: ExampleRow) => void;
  /** Called with the numbers of those that are left out in the end; the others move together. */
  readonly onRemoved?: (indices: readonly number[]) => void;
  /** Called with every row that is no example. */
  readonly onBadRow?: (row: RowLocation, problem: string) => void;
}

export interface BuiltDataset {
  readonly dataset: Dataset;
  readonly badRows: RowReport<BadRow>;
  readonly rowsRead: number;
  /** Examples that were kept although pixels of their images were lost. */
  readonly damaged: RowReport<RowLocation>;
  /** What the image files of its examples are; undefined where it was made of none. */
  readonly provenance: ProvenanceCounts | undefined;
}

/** Rows in, one dataset out: checks every row, keeps its bytes, and counts what it cannot use. */
export function createDatasetBuilder(options: BuilderOptions) {
  const { scale, refuse, observer, maxExamples } = options;
  const values = createValueJudge(scale, options.leastMaximum, refuse);
  const bad = countBadRows(options, () => values.explain(rowsRead));
  const files = reportFiles();
  const names = createClassIndex(options.classes);
  const examples = createExampleStore(options, scale);
  /** Examples whose label may turn out to be none. */
  const doubtful = new Map<number, RowLocation>();
  let [rowsRead, passedOver] = [0, 0];

  /** Why this row is no example; undefined when it has become one. */
  const addExample = (row: ExampleRow): RowProblem | undefined => {
    const shape = examples.shapeOf(row.values.length, row.shape);
    if ('problem' in shape) return shape;
    const label = names.indexOf(row.label);
    if (typeof label === 'string') return { problem: label };
    const problem = examples.append(row, label, shape);
    if (problem) values.addOutside();
    else values.add(row);
    return problem === undefined ? undefined : { problem };
  };

  const take = (row: ExampleRow): void => {
    const index = examples.count();
    const problem = addExample(row);
    if (problem) return bad.add(row, problem);
    if (passedOver < options.offset) {
      passedOver += 1;
      return examples.truncate(index);
    }
    if (index >= maxExamples) throw new errors.GLIMPSE_DATASET_TOO_LARGE(maxExamples);
    files.add(row);
    if (mayBeMissing(row.label)) doubtful.set(index, locationOf(row));
    observer.onExample?.(index, row);
  };

  /** Leaves out examples whose label turned out to be none: bad rows like those found before. */
  const withoutUnlabelled = (all: Omit<Dataset, 'digest'>): Omit<Dataset, 'digest'> => {
    const removed = [...doubtful.keys()].filter((index) => all.labels[index]! < 0);
    for (const index of removed) bad.add(doubtful.get(index)!, { problem: 'the label is missing' });
    if (removed.length === 0) return all;
    observer.onRemoved?.(removed);
    return removeExamples(all, new Set(removed));
  };

  return {
    /** Takes one row; false when no more are wanted. */
    add(row: Row): boolean {
      rowsRead += 1;
      if ('problem' in row) {
        if (row.isOutside) values.addOutside();
        bad.add(row, row);
      } else take(row);
      return examples.count() < options.limit;
    },

    finish(): BuiltDataset {
      bad.judge(rowsRead);
      values.judge(examples.count());
      const found = examples.finish();
      const all = withoutUnlabelled({ ...found, classes: names.finish(found.labels) });
      const badRows = bad.judge(rowsRead);
      if (all.labels.length === 0) throw new errors.GLIMPSE_DATASET_EMPTY();
      if (!options.classes && options.usesLabels !== false) checkLabels(all, options);
      return { dataset: withDigest(all), badRows, rowsRead, ...files.report() };
    },
  };
}

/** Reports what the files are that examples were made of. */
function reportFiles() {
  const damaged = createRowReporter<RowLocation>();
  const provenance = createProvenanceCounter();
  return {
    add(row: ExampleRow): void {
      if (row.provenance) provenance.add(row.provenance);
      if (row.provenance?.isDamaged) damaged.add(() => locationOf(row));
    },
    report: () => ({ damaged: damaged.report(), provenance: provenance.counts() }),
  };
}

function checkLabels(
  all: Omit<Dataset, 'digest'>,
  { scale, isTable, refuse }: Pick<BuilderOptions, 'scale' | 'isTable' | 'refuse'>,
): void {
  checkClasses(all, refuse);
  if (isTable) checkPixelsAgainst(all, scale, refuse);
}

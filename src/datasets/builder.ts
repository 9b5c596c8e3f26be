import { errors, type GlimpseError } from '../errors.ts';
import { countBadRows, type BadRow } from './bad-rows.ts';
import { withDigest, type Dataset, type ImageShape } from './dataset.ts';
import { createExampleStore } from './example-store.ts';
import { checkFlatColour, interleave } from './planes.ts';
import type { PixelScale } from './pixel-range.ts';
import { labelName, looksScaled, type ExampleRow, type Row, type RowLocation } from './row.ts';
import type { DatasetSpec } from './spec.ts';
import { createRowReporter, locationOf, type RowReport } from './row-report.ts';

export interface BuilderOptions {
  readonly shape?: ImageShape;
  /** Whether flat pixels come as planes; undefined when nobody said it. */
  readonly layout?: DatasetSpec['layout'];
  /** Allowed classes in the order of the outputs; without them every label that occurs is one. */
  readonly classes?: readonly string[];
  readonly offset: number;
  readonly limit: number;
  readonly maxExamples: number;
  readonly maxBadRows: number;
  /** Makes bytes of its numbers, and knows what they were. */
  readonly scale: PixelScale;
  /** Its largest value must be this one at least, where no range was declared. */
  readonly leastMaximum: number;
  /** Called with every example that is kept, with its number in the dataset. */
  readonly onExample?: ((index: number, row: Row) => void) | undefined;
}

export interface BuiltDataset {
  readonly dataset: Dataset;
  readonly badRows: RowReport<BadRow>;
  readonly rowsRead: number;
  /** Examples that were kept although pixels of their images were lost. */
  readonly damaged: RowReport<RowLocation>;
}

/** Most different labels: more means that the label column was taken wrongly. */
const MAX_CLASSES = 10_000;

/** Fewer rows do not show what values a dataset has. */
const ENOUGH = 10;

/** Rows in, one dataset out: checks every row, keeps its bytes, and counts what it cannot use. */
export function createDatasetBuilder(options: BuilderOptions) {
  const { scale } = options;
  const explain = (): GlimpseError | undefined =>
    outsideRows >= ENOUGH && outsideRows > rowsRead / 2 ? scale.outsideRefusal() : undefined;
  const bad = countBadRows(options.maxBadRows, options.maxExamples, explain);
  const damaged = createRowReporter<RowLocation>();
  const names = createClassIndex(options.classes);
  const examples = createExampleStore(options.shape, options.maxExamples, scale);
  let isFlatColour = false;
  let [rowsRead, passedOver, scaledRows, outsideRows] = [0, 0, 0, 0];

  /** Flat pixels as they are kept; those of a file that says its layout are so already. */
  const inPixelOrder = (row: ExampleRow, { channels }: ImageShape): ExampleRow => {
    if (row.shape || channels === 1) return row;
    isFlatColour = true;
    return options.layout === 'chw' ? { ...row, values: interleave(row.values, channels) } : row;
  };

  /** Why this row is no example; undefined when it has become one. */
  const addExample = (row: ExampleRow): string | undefined => {
    const name = names.exactly(row.label) ?? labelName(row.label);
    if (name === undefined) return 'the label is missing';
    const shape = examples.shapeOf(row.values.length, row.shape);
    if (typeof shape === 'string') return shape;
    const label = names.indexOf(name);
    if (label === undefined) return `"${name.slice(0, 50)}" is not one of the classes`;
    const problem = examples.append(inPixelOrder(row, shape), label, shape);
    if (problem) {
      outsideRows += 1;
      return problem;
    }
    if (!scale.isDeclared && (row.isScaled ?? looksScaled(row.values))) scaledRows += 1;
    return undefined;
  };

  return {
    /** Takes one row; false when no more are wanted. */
    add(row: Row): boolean {
      rowsRead += 1;
      const before = examples.count();
      const problem = 'problem' in row ? row.problem : addExample(row);
      if ('isOutside' in row && row.isOutside) outsideRows += 1;
      if (problem !== undefined) bad.add(row, problem);
      else if (passedOver < options.offset) {
        passedOver += 1;
        examples.truncate(before);
      } else if (examples.count() > options.maxExamples) {
        throw new errors.GLIMPSE_DATASET_TOO_LARGE(options.maxExamples);
      } else {
        if ('isDamaged' in row && row.isDamaged) damaged.add(() => locationOf(row));
        options.onExample?.(examples.count() - 1, row);
      }
      return examples.count() < options.limit;
    },

    finish(): BuiltDataset {
      const badRows = bad.judge(rowsRead);
      const count = examples.count();
      if (count === 0) throw new errors.GLIMPSE_DATASET_EMPTY();
      if (count >= ENOUGH) scale.judge(options.leastMaximum);
      if (scaledRows > count / 2) {
        throw new errors.GLIMPSE_DATASET_INVALID(
          'most of its images have no value above 1, and fractions: they look scaled to 0..1; say dataset.range: 1 (--range), or give them as 0..255',
        );
      }
      const { pixels, labels, shape } = examples.finish();
      if (isFlatColour && options.layout === undefined) checkFlatColour(pixels, shape);
      const classes = names.finish(labels);
      const dataset = withDigest({ pixels, labels, shape, classes });
      return { dataset, badRows, rowsRead, damaged: damaged.report() };
    },
  };
}

/** Class names and their indices; names that were not given are sorted at the end. */
function createClassIndex(given: readonly string[] | undefined) {
  const indices = new Map((given ?? []).map((name, index) => [name, index]));
  return {
    /** A label that is the name of a given class without being trimmed. */
    exactly(label: unknown): string | undefined {
      return typeof label === 'string' && given && indices.has(label) ? label : undefined;
    },
    indexOf(name: string): number | undefined {
      const known = indices.get(name);
      if (known !== undefined) return known;
      if (given) return indexAsNumber(name, given);
      if (indices.size >= MAX_CLASSES) {
        throw new errors.GLIMPSE_DATASET_INVALID(
          `it has more than ${MAX_CLASSES} different labels; is labelColumn right?`,
        );
      }
      indices.set(name, indices.size);
      return indices.size - 1;
    },
    /** The classes in the order of the outputs; rewrites `labels` from order of appearance to that order. */
    finish(labels: Int32Array): readonly string[] {
      if (given) return given;
      const met = [...indices.keys()];
      const used = new Set(labels);
      const classes = met.filter((_, index) => used.has(index)).sort(byNumberThenText);
      if (classes.length < 2) {
        throw new errors.GLIMPSE_DATASET_INVALID('all its examples are of one class');
      }
      const order = new Map(classes.map((name, index) => [name, index]));
      const renumbered = met.map((name) => order.get(name) ?? -1);
      labels.forEach((label, index) => {
        labels[index] = renumbered[label]!;
      });
      return classes;
    },
  };
}

/** Files often hold class numbers where the request names the classes. */
function indexAsNumber(name: string, classes: readonly string[]): number | undefined {
  if (!/^\d{1,5}$/.test(name) || classes.some((known) => /^-?\d+$/.test(known))) return undefined;
  const index = Number(name);
  return index < classes.length ? index : undefined;
}

function byNumberThenText(a: string, b: string): number {
  const [left, right] = [Number(a), Number(b)];
  if (!Number.isNaN(left) && !Number.isNaN(right) && left !== right) return left - right;
  return a < b ? -1 : 1;
}

import { withDigest, type ImageShape } from '../../../src/datasets/dataset.ts';
import { namesOf, type LookedAt, type Part } from '../../../src/datasets/looking/looked-at.ts';
import { observeRows } from '../../../src/datasets/looking/observe-rows.ts';
import { understand } from '../../../src/datasets/looking/understand.ts';
import type { DatasetOpener, OpenedDataset, OpenOptions } from '../../../src/datasets/open.ts';
import { plainContract } from '../../../src/preprocessing/presets.ts';
import type { DatasetSpec } from '../../../src/datasets/spec.ts';

type Example = Parameters<NonNullable<OpenOptions['onExample']>>[1];
/** A row that became an example. */
export const example = (line: number, more: object = {}): Example => ({
  line,
  label: 'a',
  values: [],
  ...more,
});
/** A size, grey unless it is said. */
export const size = (width: number, height: number, channels: 1 | 3 = 1): ImageShape => ({
  width,
  height,
  channels,
});

/** What differs from one grey pixel in each line. */
export interface Told {
  readonly pixels?: readonly number[];
  readonly labels?: readonly number[];
  readonly classes?: readonly string[];
  readonly shape?: ImageShape;
  readonly originals?: readonly (ImageShape | undefined)[];
  readonly spellings?: readonly unknown[];
  readonly parts?: readonly Part[];
  readonly folder?: string;
  readonly opened?: Partial<OpenedDataset>;
  readonly prepared?: object;
}

/** A dataset that was read, an example in each line. */
export function lookedAt(told: Told = {}): LookedAt {
  const { shape = size(1, 1), classes = ['a', 'b'], parts = [] } = told;
  const { labels = (told.originals ?? told.pixels ?? [0]).map(() => 0) } = told;
  const rows = observeRows();
  for (const [index, label] of labels.entries()) {
    const original = told.originals?.[index];
    rows.hooks.onExample!(
      index,
      example(index + 1, {
        label: told.spellings ? told.spellings[index] : classes[label],
        ...(original && { original }),
      }),
    );
  }
  const length = labels.length * shape.width * shape.height * shape.channels;
  const dataset = withDigest({
    pixels: Uint8Array.from({ length }, (_, at) => told.pixels?.[at] ?? 0),
    labels: Int32Array.from(labels),
    shape,
    classes: [...classes],
  });
  const opened = {
    dataset,
    format: 'csv',
    badRows: { count: 0, rows: [] },
    rowsRead: labels.length,
    damaged: { count: 0, rows: [] },
    ignored: { count: 0, archives: 0, names: [], kinds: [] },
    notes: [],
    ...told.opened,
  } as unknown as OpenedDataset;
  return {
    opened,
    rows,
    partOf: (index) => parts[index] ?? 'training',
    nameOf: namesOf(rows, told.folder),
    preprocessing: { ...plainContract(shape), ...told.prepared },
  };
}

/** How such a dataset is understood. */
export const understood = (told: Told, spec: DatasetSpec = {}, asked: DatasetSpec = spec) =>
  understand(lookedAt(told), spec, asked);

/** One reading of a dataset that is none: throws why it cannot be read, or gives it. */
export type Reading = (spec: DatasetSpec, options: OpenOptions) => OpenedDataset;

/** Opens datasets by these readings, one after the other; the last of them for good. */
export function openerBy(...readings: Reading[]) {
  const asked: { spec: DatasetSpec; options: OpenOptions }[] = [];
  const datasets: DatasetOpener = {
    check: async (spec) => ({ spec }),
    async open(spec, options) {
      const reading = readings[Math.min(asked.length, readings.length - 1)]!;
      asked.push({ spec, options });
      return reading(spec, options);
    },
  };
  return { asked, datasets };
}

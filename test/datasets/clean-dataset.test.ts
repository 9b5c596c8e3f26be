import { describe, expect, it } from 'vitest';
import { cleanDataset, createRowLocations } from '../../src/datasets/cleaning/clean-dataset.ts';
import { withDigest } from '../../src/datasets/dataset.ts';

const classes = ['cat', 'dog'];

/** Examples of 1x1 pixels: [pixel, class] each, read from lines 10, 20, ... of a file. */
async function clean(examples: [number, number][], { keepDuplicates = false, entry = '' } = {}) {
  const locations = createRowLocations();
  examples.forEach((_, index) =>
    locations.add(index, { line: (index + 1) * 10, ...(entry && { entry: `${entry}${index}` }) }),
  );
  const dataset = withDigest({
    pixels: Uint8Array.from(examples, ([pixel]) => pixel),
    labels: Int32Array.from(examples, ([, label]) => label),
    shape: { width: 1, height: 1, channels: 1 },
    classes,
  });
  const cleaned = await cleanDataset(dataset, { locations, keepDuplicates });
  const { pixels, labels } = cleaned.dataset;
  return {
    ...cleaned,
    before: dataset,
    left: [...pixels].map((pixel, row) => [pixel, labels[row]]),
  };
}

const cat = 0;
const dog = 1;

describe('cleaning a dataset', () => {
  it('changes nothing where nothing is twice', async () => {
    const { dataset, before, duplicates, conflicts } = await clean([
      [1, cat],
      [2, dog],
      [3, cat],
    ]);
    expect(dataset).toBe(before);
    expect(duplicates).toEqual({ count: 0, rows: [] });
    expect(conflicts).toEqual(duplicates);
  });

  it('keeps the first of the same pixels with the same label, and tells where both were', async () => {
    const { left, duplicates, conflicts } = await clean(
      [
        [1, cat],
        [2, dog],
        [1, cat],
        [3, dog],
        [1, cat],
      ],
      { entry: 'part-' },
    );
    expect(left).toEqual([
      [1, cat],
      [2, dog],
      [3, dog],
    ]);
    const first = { line: 10, entry: 'part-0', label: 'cat' };
    expect(duplicates).toEqual({
      count: 2,
      rows: [
        { line: 30, entry: 'part-2', label: 'cat', first },
        { line: 50, entry: 'part-4', label: 'cat', first },
      ],
    });
    expect(conflicts.count).toBe(0);
  });

  it('drops every example of pixels that stand under two labels', async () => {
    const { left, duplicates, conflicts } = await clean([
      [1, cat],
      [2, dog],
      [1, dog],
      [1, cat],
      [3, cat],
    ]);
    expect(left).toEqual([
      [2, dog],
      [3, cat],
    ]);
    expect(duplicates.count).toBe(0);
    expect(conflicts).toEqual({
      count: 3,
      rows: [{ line: 30, label: 'dog', first: { line: 10, label: 'cat' } }],
    });
  });

  it('only reports when it is told to keep all', async () => {
    const { dataset, before, duplicates, conflicts } = await clean(
      [
        [1, cat],
        [1, dog],
        [2, dog],
        [2, dog],
      ],
      { keepDuplicates: true },
    );
    expect(dataset).toBe(before);
    expect(dataset.labels).toHaveLength(4);
    expect([duplicates.count, conflicts.count]).toEqual([1, 2]);
  });

  it('gives what is left the digest it has when it comes alone', async () => {
    const dirty = await clean([
      [1, cat],
      [9, cat],
      [1, cat],
      [9, dog],
      [2, dog],
    ]);
    const alone = await clean([
      [1, cat],
      [2, dog],
    ]);
    expect(dirty.dataset.digest).toBe(alone.dataset.digest);
  });

  it('tells the first twenty, and counts all', async () => {
    const { duplicates } = await clean(Array.from({ length: 100 }, () => [7, cat]));
    expect(duplicates.count).toBe(99);
    expect(duplicates.rows.map(({ line }) => line)).toEqual(
      Array.from({ length: 20 }, (_, at) => (at + 2) * 10),
    );
  });

  it('stops on the signal', async () => {
    const dataset = withDigest({
      pixels: new Uint8Array(1),
      labels: new Int32Array(1),
      shape: { width: 1, height: 1, channels: 1 },
      classes,
    });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(
      cleanDataset(dataset, { locations: createRowLocations(), keepDuplicates: false, signal }),
    ).rejects.toThrow('enough');
  });

  it('looks at the signal again after some thousand examples', async () => {
    const dataset = withDigest({
      pixels: new Uint8Array(4097),
      labels: new Int32Array(4097),
      shape: { width: 1, height: 1, channels: 1 },
      classes,
    });
    const abort = new AbortController();
    const { signal } = abort;
    const cleaning = cleanDataset(dataset, {
      locations: createRowLocations(),
      keepDuplicates: false,
      signal,
    });
    setImmediate(() => abort.abort(new Error('enough')));
    await expect(cleaning).rejects.toThrow('enough');
  });
});

describe('where examples came from', () => {
  it('is known of each that is left, when others are taken out', () => {
    const locations = createRowLocations();
    const rows = [
      { line: 1, element: 0 },
      { line: 2, entry: 'b' },
      { line: 3 },
      { line: 4, element: 3, entry: 'd' },
      { line: 5 },
    ];
    rows.forEach((row, index) => locations.add(index, row));
    expect(rows.map((_, index) => locations.of(index))).toEqual(rows);
    locations.remove([0, 4, 2]);
    expect([locations.of(0), locations.of(1)]).toEqual([rows[1], rows[3]]);
    locations.add(2, { line: 6 });
    expect(locations.of(2)).toEqual({ line: 6 });
  });
});

import { describe, expect, it } from 'vitest';
import { withDigest } from '../../../src/datasets/dataset.ts';
import { lookAtClasses } from '../../../src/datasets/looking/class-images.ts';

type Image = readonly number[];

/** What is found in the images of some classes, each of the same few values. */
async function found(
  classes: readonly (readonly Image[])[],
  channels: 1 | 3 = 1,
  maxComparedValues?: number,
) {
  const width = (classes.flat()[0]?.length ?? channels) / channels;
  const dataset = withDigest({
    pixels: Uint8Array.from(classes.flat(2)),
    labels: Int32Array.from(classes.flatMap((images, label) => images.map(() => label))),
    shape: { width, height: 1, channels },
    classes: classes.map((_, label) => `${label}`),
  });
  return lookAtClasses(dataset, undefined, maxComparedValues);
}

/** Two images so far from the mean of all, which stays what it was, for each of these distances. */
const apart = (...distances: number[]): Image[] =>
  distances.flatMap((far) => [
    [100 + far, 110 + far],
    [100 - far, 110 - far],
  ]);

/** So many images around a level, as far below it as above. */
const around = (level: number, count: number): Image[] =>
  Array.from({ length: count }, (_, index) =>
    index % 2 === 0 ? [level, level + 10] : [level + 10, level],
  );

describe('images that stand out of their class', () => {
  it('are looked for among ten and more that are not of one colour', async () => {
    const far = [250, 0];
    expect(await found([[...around(100, 9), far]])).toMatchObject({ outliers: [9] });
    expect(await found([[...around(100, 8), far]])).toMatchObject({ outliers: [] });
    expect(await found([[...around(100, 8), [5, 5], far]])).toEqual({
      outliers: [],
      constant: [8],
      alike: [],
    });
  });

  it('are told from the furthest on, of all classes together', async () => {
    // 12.1, 7.7 and 7 deviations away.
    const classes = [
      [...around(100, 60), [120, 95]],
      [...around(100, 60), [250, 0], [200, 50]],
    ];
    expect((await found(classes)).outliers).toEqual([121, 60, 122]);
  });

  it('are more than six deviations away, and more than six levels where all are the same', async () => {
    const same = Array.from({ length: 40 }, () => [100, 110]);
    expect((await found([[...same, [106, 116]]])).outliers).toEqual([]);
    expect((await found([[...same, [108, 118]]])).outliers).toEqual([40]);
    expect((await found([[...same, ...apart(6)]])).outliers).toEqual([]);
    expect((await found([[...same, ...apart(7)]])).outliers).toEqual([40, 41]);
  });

  it.each([
    [50, []],
    [51, [10, 11]],
  ])('are measured from between the middle two of an even number: %i', async (far, outliers) => {
    expect((await found([apart(1, 1, 1, 11, 11, far)])).outliers).toEqual(outliers);
  });

  it.each([
    [99, []],
    [100, [9, 10]],
  ])('are measured from the one in the middle of an odd number: %i', async (far, outliers) => {
    const [middle = []] = apart(0);
    expect((await found([[middle, ...apart(1, 1, 11, 11, far)]])).outliers).toEqual(outliers);
  });
});

describe('images of one colour', () => {
  it('have levels up to two apart in each channel, and are told in their order', async () => {
    const classes = [
      [
        [1, 200, 30, 3, 202, 32],
        [1, 200, 30, 4, 200, 30],
        [1, 200, 30, 1, 200, 33],
      ],
      [
        [0, 0, 0, 2, 0, 0],
        [0, 0, 0, 0, 3, 0],
        [255, 0, 9, 255, 0, 9],
      ],
    ];
    expect((await found(classes, 3)).constant).toEqual([0, 3, 5]);
    const [one = [], two = []] = classes;
    expect((await found([two, one], 3)).constant).toEqual([0, 2, 3]);
    const mixed = withDigest({
      pixels: Uint8Array.of(9, 8, 7, 6),
      labels: Int32Array.of(1, 0, 1, 0),
      shape: { width: 1, height: 1, channels: 1 },
      classes: ['a', 'b'],
    });
    expect((await lookAtClasses(mixed, undefined)).constant).toEqual([0, 1, 2, 3]);
  });
});

describe('classes whose mean images are alike', () => {
  it('are pairs of thirty images each that differ by chance only', async () => {
    const classes = [around(100, 30), around(150, 30), around(100, 40), around(100, 29)];
    expect((await found(classes)).alike).toEqual([[0, 2]]);
    expect((await found([around(100, 29), around(100, 30)])).alike).toEqual([]);
    // Means that differ by more than their images lead to expect.
    expect((await found([around(100, 30), around(101, 30)])).alike).toEqual([[0, 1]]);
    expect((await found([around(100, 30), around(102, 30)])).alike).toEqual([]);
    const further = around(100, 30).map(([one = 0, other = 0]) => [one + 2, other]);
    expect((await found([around(100, 30), further])).alike).toEqual([[0, 1]]);
    const same = Array.from({ length: 30 }, () => [100, 110]);
    expect((await found([same, same])).alike).toEqual([[0, 1]]);
  });

  it('are not looked for among more than two hundred, nor where their means hold too many values', async () => {
    const first = [around(100, 30), around(100, 30)];
    const more: Image[][] = Array.from({ length: 198 }, () => []);
    expect((await found([...first, ...more])).alike).toEqual([[0, 1]]);
    expect((await found([...first, ...more, []])).alike).toEqual([]);
    // So many values are held of them.
    expect((await found(first, 1, 4)).alike).toEqual([[0, 1]]);
    expect((await found(first, 1, 3)).alike).toEqual([]);
  });
});

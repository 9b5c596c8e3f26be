import { describe, expect, it } from 'vitest';
import type { GlimpseError } from '../../src/errors.ts';
import {
  checkClasses,
  checkPixelsAgainst,
  checkSeveralClasses,
} from '../../src/datasets/check-labels.ts';
import { createPixelScale, type PixelRange } from '../../src/datasets/pixels/pixel-range.ts';
import type { Refuse } from '../../src/datasets/refusal.ts';

/** The reasons a check refuses for. */
function refusals(check: (refuse: Refuse) => void): GlimpseError[] {
  const refused: GlimpseError[] = [];
  check((error) => refused.push(error));
  return refused;
}

/** Labels of classes with so many examples each. */
function labelled(counts: readonly number[]) {
  const labels = counts.flatMap((count, label) => Array.from({ length: count }, () => label));
  return { labels: Int32Array.from(labels), classes: counts.map((_, label) => `c${label}`) };
}

const ones = (count: number) => Array.from({ length: count }, () => 1);

describe('classes of one example each', () => {
  it.each([
    ['nine examples, which are too few to tell', ones(9)],
    ['half of the classes', [...ones(3), 3, 2, 2]],
    ['a quarter of the examples', [...ones(3), 5, 4]],
  ])('are taken: %s', (_, counts) => {
    expect(refusals((refuse) => checkClasses(labelled(counts), refuse))).toEqual([]);
  });

  it.each([
    [[...ones(10)], '10 of its 10 classes have one example each ("c0", "c1", "c2", ...)'],
    [[5, ...ones(4), 2], '4 of its 6 classes have one example each ("c1", "c2", "c3", ...)'],
  ])('are refused: %j', (counts, message) => {
    const refused = refusals((refuse) => checkClasses(labelled(counts), refuse));
    expect(refused).toHaveLength(1);
    expect(refused[0]!.message).toContain(message);
    expect(refused[0]!.details).toEqual({ option: 'labelColumn' });
  });
});

describe('one class alone', () => {
  it('is refused, be others named or not', () => {
    const classes = ['a', 'b', 'c'];
    const refused = refusals((refuse) =>
      checkSeveralClasses({ labels: Int32Array.of(1, 1), classes }, refuse),
    );
    expect(refused.map(({ message }) => message)).toEqual([
      expect.stringContaining('all its examples are of one class ("b")'),
    ]);
    expect(
      refusals((refuse) => checkSeveralClasses({ labels: Int32Array.of(1, 0), classes }, refuse)),
    ).toEqual([]);
  });
});

/** Images of three pixels of which the second is `bytes` of the label. */
function checkPixels(
  bytes: readonly number[],
  names: readonly string[],
  rows = 10,
  range?: PixelRange,
) {
  const labels = Int32Array.from({ length: rows }, (_, row) => row % names.length);
  const pixels = Uint8Array.from([...labels].flatMap((label, row) => [row, bytes[label]!, 99]));
  const shape = { width: 3, height: 1, channels: 1 } as const;
  return refusals((refuse) =>
    checkPixelsAgainst({ pixels, labels, shape, classes: names }, createPixelScale(range), refuse),
  ).map(({ message, details }) => [message, details]);
}

describe('a pixel that equals the label', () => {
  const refused = [
    [
      expect.stringContaining('pixel 1 equals the label in each of its 10 examples'),
      { option: 'labelColumn' },
    ],
  ];

  it('is found in ten rows, and not looked for in fewer', () => {
    expect(checkPixels([0, 1, 2], ['0', '1', '2'])).toEqual(refused);
    expect(checkPixels([0, 1, 2], ['0', '1', '2'], 9)).toEqual([]);
  });

  it('is found by its byte in the range of the values', () => {
    const range = { min: 10, max: 110 };
    expect(checkPixels([0, 128, 255], ['10', '60', '110'], 10, range)).toEqual(refused);
    expect(checkPixels([10, 60, 110], ['10', '60', '110'], 10, range)).toEqual([]);
  });

  it('is none where it differs once, or where the classes are words', () => {
    expect(checkPixels([0, 1, 3], ['0', '1', '2'])).toEqual([]);
    expect(checkPixels([0, 1], ['0', 'one'])).toEqual([]);
    expect(checkPixels([0, 255], ['0', 'one'])).toEqual([]);
  });
});

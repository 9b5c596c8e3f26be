import { describe, expect, it } from 'vitest';
import { createClassIndex } from '../../src/datasets/class-index.ts';
import {
  byNumberThenText,
  mayBeMissing,
  nameClasses,
  spellingOf,
  wholeNumberIn,
} from '../../src/datasets/class-names.ts';

/** What a class that is not named is told. */
const none = (label: string): string => `"${label}" is not one of the classes`;

describe('the spelling of a label', () => {
  it.each([
    [true, 'true'],
    [false, 'false'],
    [12n, '12'],
    [1.5, '1.5'],
    [Number.NaN, undefined],
    [null, undefined],
    [{}, undefined],
    ['\t ', undefined],
    ['x'.repeat(200), 'x'.repeat(200)],
    ['x'.repeat(201), undefined],
  ])('of %o is %o', (label, spelling) => {
    expect(spellingOf(label)).toBe(spelling);
  });
});

describe('a whole number', () => {
  it.each([
    ['-0', 0],
    ['3.', 3],
    ['3.00', 3],
    ['1.5e1', 15],
    ['9007199254740991', 9007199254740991],
  ])('is spelled "%s"', (spelling, number) => {
    expect(wholeNumberIn(spelling)).toBe(number);
  });

  it.each(['', '7x', 'x7', '0x10', '1.5', '15e-1', '9007199254740992', 'Infinity'])(
    'is not spelled "%s"',
    (spelling) => {
      expect(wholeNumberIn(spelling)).toBeUndefined();
    },
  );
});

describe('a label that stands for none', () => {
  it('is told by the whole word, blanks around it aside', () => {
    expect(['nan', ' NULL ', 'n/a'].map(mayBeMissing)).toEqual([true, true, true]);
    expect(['nano', 'banan', '', 7, null].map(mayBeMissing)).toEqual(Array(5).fill(false));
  });

  it('is one only among numbers', () => {
    expect(nameClasses(['7', 'nan'])).toEqual(['7', undefined]);
    expect(nameClasses(['07', '08', 'nan'])).toEqual(['07', '08', undefined]);
    expect(nameClasses(['7', 'nano'])).toEqual(['7', 'nano']);
    expect(nameClasses(['7', 'banan'])).toEqual(['7', 'banan']);
    expect(nameClasses(['nan', 'none'])).toEqual(['nan', 'none']);
  });
});

describe('zeros before a number', () => {
  it.each([
    [
      ['01', '11'],
      ['01', '11'],
    ],
    [
      ['01', '1.'],
      ['1', '1'],
    ],
    [
      ['+1', '01'],
      ['1', '1'],
    ],
    [
      ['01', '1'],
      ['1', '1'],
    ],
  ])('are of its name where all are digits of one width: %j', (spellings, names) => {
    expect(nameClasses(spellings)).toEqual(names);
  });
});

describe('the order of classes', () => {
  it('is that of their numbers, then that of their text', () => {
    const classes = ['b', '10', 'a', '9', '1.0', '1'];
    expect(classes.toSorted(byNumberThenText)).toEqual(['1', '1.0', '9', '10', 'a', 'b']);
    expect([byNumberThenText('7', 'a'), byNumberThenText('a', '7')]).toEqual([-1, 1]);
    expect(byNumberThenText('a', 'a')).toBe(0);
  });
});

describe('the index of the classes that occur', () => {
  it('leaves out those that mean none, and those of no example', () => {
    const index = createClassIndex(undefined);
    const labels = Int32Array.from(['9', 'nan', '10', '8'], (label) =>
      Number(index.indexOf(label)),
    );
    const kept = labels.subarray(0, 3);
    expect(index.finish(kept)).toEqual(['9', '10']);
    expect([...kept]).toEqual([0, -1, 1]);
  });

  it('has ten thousand at most', () => {
    const index = createClassIndex(undefined);
    for (let label = 0; label < 9_999; label += 1) index.indexOf(label);
    expect([index.indexOf('last'), index.indexOf('7')]).toEqual([9_999, 7]);
    let refused: unknown;
    try {
      index.indexOf('one more');
    } catch (error) {
      refused = error;
    }
    expect(refused).toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining('more than 10000 different labels'),
      details: { option: 'labelColumn' },
    });
  });
});

describe('the index of classes that are named', () => {
  it.each([
    ['the very name before the same text', [' a', 'a'], { ' a': 0, a: 1, 'a ': 0 }],
    ['a text before its number', ['7', '07'], { ' 07': 1, '7.0': 0, 8: none('8') }],
    ['the number only of a name that has one', ['cat', '7'], { '7.0': 1, 0: none('0') }],
    ['no number of a text', ['cat', '7'], { dog: none('dog') }],
    ['places where no name has a number', ['cat', 'dog'], { 1: 1, 2: none('2'), '-1': none('-1') }],
    ['a name of any length', ['x'.repeat(201), 'y'], { ['x'.repeat(201)]: 0 }],
  ])('knows %s', (_, classes, expected) => {
    const index = createClassIndex(classes);
    const found = Object.keys(expected).map((label) => [label, index.indexOf(label)]);
    expect(Object.fromEntries(found)).toEqual(expected);
  });

  it('says what is missing, and shows the beginning of what is unknown', () => {
    const index = createClassIndex(['a', 'b']);
    expect(index.indexOf(null)).toBe('the label is missing');
    expect(index.indexOf('x'.repeat(60))).toBe(none('x'.repeat(50)));
    expect(index.finish(Int32Array.of(1, 1))).toEqual(['a', 'b']);
  });
});

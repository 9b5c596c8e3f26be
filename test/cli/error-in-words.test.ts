import { describe, expect, it } from 'vitest';
import { errorInWords } from '../../src/cli/words/error-in-words.ts';
import { errors, withDetails } from '../../src/errors.ts';

const reason = new errors.GLIMPSE_DATASET_INVALID('it is odd');

describe('an error in the terminal', () => {
  it('is its sentence with the code, where it has no details', () => {
    expect(errorInWords(reason)).toBe(
      'The dataset cannot be read: it is odd (GLIMPSE_DATASET_INVALID)',
    );
  });

  it('has a line for each detail, and one for each row', () => {
    const details = {
      option: 'labelColumn',
      values: ['a b', 3, { width: 2, height: 1 }],
      columns: ['x', 'y'],
      badRows: {
        count: 2,
        rows: [
          { line: 3, element: 2, reason: 'the label is missing' },
          { line: 4, entry: 'a.csv', reason: 'pixel 3 is "high"' },
        ],
      },
    };
    expect(errorInWords(withDetails(new errors.GLIMPSE_DATASET_EMPTY(), details))).toBe(
      [
        'The dataset holds no usable example. (GLIMPSE_DATASET_EMPTY)',
        '  option: labelColumn',
        '  values:',
        '    a b',
        '    3',
        '    width 2, height 1',
        '  columns: x, y',
        '  badRows:',
        '    count: 2',
        '    rows:',
        '      line 3, element 2, reason the label is missing',
        '      line 4, entry a.csv, reason pixel 3 is "high"',
      ].join('\n'),
    );
  });

  it('moves no cursor and colours nothing, whatever stands in the data', () => {
    const told = errorInWords(
      withDetails(new errors.GLIMPSE_DATASET_EMPTY(), { a: '\u001b[2J\n' }),
    );
    expect(told.split('\n').slice(1)).toEqual([String.raw`  a: \u001b[2J\n`]);
  });
});

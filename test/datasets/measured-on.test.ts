import { describe, expect, it } from 'vitest';
import {
  heldOutOf,
  unmeasuredClasses,
  unmeasuredNote,
} from '../../src/datasets/parts/measured-on.ts';
import { splitExamples } from '../../src/datasets/parts/split.ts';
import { createRandom } from '../../src/random.ts';

describe('what lies apart to be measured on', () => {
  const uploads = [{ part: 'dataset', name: 'x.csv', file: 'f' }];
  const shape = { width: 1, height: 1, channels: 1 } as const;
  const spec = { uri: 'x', offset: 1, limit: 2, labelColumn: 'k', classes: ['a', 'b'], shape };

  it('is nothing where nothing lies apart', () => {
    expect(heldOutOf({ spec, uploads }, {})).toBeUndefined();
  });

  it('is another place, read with what is known of the first', () => {
    expect(heldOutOf({ spec, uploads }, { heldOut: { uri: 'y' } })).toEqual({
      spec: { uri: 'y', classes: ['a', 'b'], shape },
      uploads: [],
    });
    expect(heldOutOf({ spec: { uri: 'x' }, uploads }, { heldOut: { uri: 'y' } })).toEqual({
      spec: { uri: 'y' },
      uploads: [],
    });
  });

  it('is another split of the same, all of it', () => {
    expect(heldOutOf({ spec, uploads }, { heldOut: { split: 'test' } })).toEqual({
      spec: { uri: 'x', labelColumn: 'k', classes: ['a', 'b'], shape, split: 'test' },
      uploads,
    });
  });
});

describe('classes that nothing is measured of', () => {
  it('are those without an example, if any is measured on', () => {
    expect(unmeasuredClasses(['a', 'b', 'c'], [0, 2, 0])).toEqual(['b']);
    expect(unmeasuredClasses(['a', 'b', 'c'], [])).toEqual([]);
  });

  it('are named, ten at most', () => {
    expect(unmeasuredNote(['a', 'x'.repeat(60)])).toBe(
      `No figure says how well these classes are told, for want of examples to measure on: "a", "${'x'.repeat(50)}".`,
    );
    const ten = Array.from({ length: 10 }, (_, at) => `c${at}`);
    expect(unmeasuredNote(ten)).toMatch(/"c9"\.$/);
    expect(unmeasuredNote([...ten, 'c10'])).toMatch(/"c9", \.\.\. \(11 in all\)\.$/);
  });
});

describe('the parts of a split', () => {
  const labels = Int32Array.from({ length: 40 }, (_, at) => at % 2);

  it('keep the order of the dataset, and are random within it', () => {
    const split = splitExamples(labels, 2, { validation: 0.25, test: 0.25 }, createRandom(3));
    for (const part of [split.training, split.validation, split.test]) {
      expect([...part]).toEqual([...part].sort((a, b) => a - b));
    }
    expect([split.training, split.validation, split.test].map(({ length }) => length)).toEqual([
      20, 10, 10,
    ]);
    expect([...split.test]).not.toEqual(Array.from({ length: 10 }, (_, at) => at));
  });

  it('have their whole share where rounding would take one from it', () => {
    const ten = new Int32Array(10);
    const split = splitExamples(ten, 1, { validation: 0.1 * 3, test: 0 }, createRandom(1));
    expect(split.validation).toHaveLength(3);
    const parts = splitExamples(
      new Int32Array(29),
      1,
      { validation: 0.29, test: 0 },
      createRandom(1),
    );
    expect(parts.validation).toHaveLength(8);
  });

  it('have one of a class of three, of none that is smaller, and none that is not wanted', () => {
    const sizes = [3, 2].map((count) => {
      const { validation, test } = splitExamples(
        new Int32Array(count),
        1,
        { validation: 0.01, test: 0.01 },
        createRandom(1),
      );
      return [validation.length, test.length];
    });
    expect(sizes).toEqual([
      [1, 1],
      [0, 0],
    ]);
    const one = splitExamples(new Int32Array(3), 1, { validation: 0, test: 0.5 }, createRandom(1));
    expect([one.validation.length, one.test.length]).toEqual([0, 1]);
  });
});

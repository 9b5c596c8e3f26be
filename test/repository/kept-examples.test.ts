import { describe, expect, it } from 'vitest';
import { frame } from '../../src/repository/files/framed.ts';
import { packExamples, readExamples, unpackExamples } from '../../src/repository/kept-examples.ts';

const examples = [0, 1, 2].map((label) => ({
  label,
  row: 10 * label,
  features: Float32Array.of(label, 0.5, -1),
  png: Buffer.from(`picture ${label} ${'x'.repeat(label)}`),
}));

describe('the file of kept examples', () => {
  it('gives back what was put in', () => {
    expect(unpackExamples(packExamples(examples))).toEqual(examples);
  });

  it('is none where a bit of it changed, or a part is missing', () => {
    const whole = packExamples(examples);
    for (const at of [3, 40, whole.length - 40, whole.length - 1]) {
      const bent = Buffer.from(whole);
      bent[at]! ^= 1;
      expect(unpackExamples(bent)).toBeUndefined();
    }
    expect(unpackExamples(whole.subarray(0, -7))).toBeUndefined();
    expect(unpackExamples(Buffer.alloc(0))).toBeUndefined();
  });

  it.each([
    ['has no head of ours', { format: 2, features: 3, examples: [] }],
    [
      'says that it holds more than it does',
      { format: 1, features: 3, examples: [{ label: 0, row: 0, bytes: 99 }] },
    ],
    ['holds no example', { format: 1, features: 3, examples: [] }],
  ])('is none where it %s', (_, head) => {
    expect(unpackExamples(frame(head, [Buffer.alloc(12)]))).toBeUndefined();
  });
});

describe('what a manifest says of kept examples', () => {
  const named = { file: 'examples.bin', count: 3, features: 3 };

  it('is held against its file', () => {
    const bytes = packExamples(examples);
    expect(readExamples(bytes, named, 3)).toEqual(examples);
    expect(readExamples(bytes, { ...named, count: 2 }, 3)).toMatchObject({
      fault: expect.stringMatching(/does not hold the 2 examples of 3 features/),
    });
    expect(readExamples(bytes, { ...named, features: 4 }, 3)).toHaveProperty('fault');
    expect(readExamples(bytes, named, 2)).toMatchObject({
      fault: expect.stringMatching(/a class that the version does not have/),
    });
    expect(readExamples(Buffer.from('nothing'), named, 3)).toHaveProperty('fault');
  });
});

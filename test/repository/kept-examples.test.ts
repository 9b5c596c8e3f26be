import { describe, expect, it } from 'vitest';
import { frame } from '../../src/repository/files/framed.ts';
import { packExamples, unpackExamples } from '../../src/repository/kept-examples.ts';

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

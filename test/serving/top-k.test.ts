import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/random.ts';
import { heardBeside, topK } from '../../src/serving/top-k.ts';
import type { Signature } from '../../src/signature.ts';
import { tinySignature } from '../support/tiny-onnx.ts';

const logits = tinySignature;
const probabilities: Signature = {
  ...tinySignature,
  output: { name: 'p', kind: 'probabilities' },
};

describe('the top classes', () => {
  it('come best first, with scores that sum to one', () => {
    const top = topK([1, 3, 2], logits, 3);
    expect(top.map(({ label }) => label)).toEqual(['left', 'bright', 'dark']);
    expect(top.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 12);
    expect(top[0]!.score).toBeCloseTo(Math.E / (Math.E + 1 + 1 / Math.E), 12);
  });

  it('are as many as asked for, and no more than there are', () => {
    expect(topK([1, 3, 2], logits, 1)).toHaveLength(1);
    expect(topK([1, 3, 2], logits, 99)).toHaveLength(3);
  });

  it('are taken as they are when the model gives probabilities', () => {
    expect(topK([0.2, 0.5, 0.3], probabilities, 2)).toEqual([
      { label: 'left', score: 0.5 },
      { label: 'bright', score: 0.3 },
    ]);
  });

  it('are taken as they are when every class has a sigmoid of its own, whatever they sum to', () => {
    const sigmoid: Signature = { ...tinySignature, output: { name: 's', kind: 'sigmoid' } };
    expect(topK([0.9, 0.97, 0.01], sigmoid, 3)).toEqual([
      { label: 'left', score: 0.97 },
      { label: 'dark', score: 0.9 },
      { label: 'bright', score: 0.01 },
    ]);
  });

  it('stay finite for logits of any size', () => {
    expect(topK([1000, -1000, 999], logits, 2).map(({ score }) => score)).toEqual([
      expect.closeTo(0.731, 3),
      expect.closeTo(0.269, 3),
    ]);
    expect(topK([-3e38, -3e38, 3e38], logits, 1)).toEqual([{ label: 'bright', score: 1 }]);
  });

  it('keep the order of the classes when scores are equal', () => {
    expect(topK([1, 1, 1], logits, 3).map(({ label }) => label)).toEqual([
      'dark',
      'left',
      'bright',
    ]);
  });

  it('refuse numbers that JSON could not carry', () => {
    for (const bad of [NaN, Infinity]) {
      expect(() => topK([0, bad, 0], logits, 1)).toThrow('not finite');
      expect(() => topK([0, bad, 0], probabilities, 1)).toThrow('not finite');
    }
  });

  it('agree with sorting everything, for a thousand classes', () => {
    const random = createRandom(5);
    const classes = Array.from({ length: 1000 }, (_, index) => `class ${index}`);
    const scores = classes.map(() => Math.round(random.next() * 300) / 300);
    const sorted = classes
      .map((label, index) => ({ label, score: scores[index]! }))
      .sort((a, b) => b.score - a.score);
    for (const k of [1, 5, 77, 1000]) {
      expect(topK(scores, { ...probabilities, classes }, k)).toEqual(sorted.slice(0, k));
    }
  });
});

const asLogits = (scores: Float32Array): Float32Array => scores.map((score) => Math.log(score));
const labelOf = (output: Float32Array, signature: Signature): string =>
  topK(output, signature, 1)[0]!.label;

describe('what cut a digit out of others', () => {
  const digits: Signature = {
    ...tinySignature,
    classes: ['9', '0', '1', '2', '3', '4', '5', '6', '7', '8'],
  };
  /** Nine of ten for one of them, by the place of its class. */
  const sureOf = (digit: string): Float32Array =>
    Float32Array.from(digits.classes, (name) => (name === digit ? 0.91 : 0.01));
  const ifCut = Array.from({ length: 10 }, (_, digit) => (digit === 6 ? 0.991 : 0.001));

  it('is heard beside the model, as surely as either speaks', () => {
    expect(labelOf(heardBeside(asLogits(sureOf('5')), { ifCut }, digits), digits)).toBe('6');
    const surer = Float32Array.from(digits.classes, (name) => (name === '5' ? 1 : 0));
    expect(labelOf(heardBeside(asLogits(surer), { ifCut }, digits), digits)).toBe('5');
  });

  it('gives the geometric mean of both, which sums to one, also where a model gives probabilities', () => {
    const sure = { ...digits, output: { name: 'p', kind: 'probabilities' } } as const;
    const pooled = heardBeside(sureOf('6'), { ifCut }, sure);
    expect(pooled.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 6);
    const [own, other] = [Math.sqrt(0.91 * 0.991), Math.sqrt(0.01 * 0.001)];
    expect(topK(pooled, sure, 1)[0]!.score).toBeCloseTo(own / (own + 9 * other), 4);
    const [best] = topK(heardBeside(asLogits(sureOf('6')), { ifCut }, digits), digits, 1);
    expect(best!.score).toBeCloseTo(own / (own + 9 * other), 4);
  });

  it('says nothing of digits that stood alone, of other classes, and of classes that stand by themselves', () => {
    const output = sureOf('5');
    expect(heardBeside(output, {}, digits)).toBe(output);
    const letters = { ...digits, classes: digits.classes.map((name) => `${name}a`) };
    expect(heardBeside(output, { ifCut }, letters)).toBe(output);
    const eleven = { ...digits, classes: [...digits.classes, 'none'] };
    expect(heardBeside(output, { ifCut }, eleven)).toBe(output);
    const sigmoid = { ...digits, output: { name: 's', kind: 'sigmoid' } } as const;
    expect(heardBeside(output, { ifCut }, sigmoid)).toBe(output);
  });
});

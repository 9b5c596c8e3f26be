import { describe, expect, it } from 'vitest';
import type { ReleaseRule } from '../../../src/repository/releases/release-policy.ts';
import type {
  ComparedFigures,
  VersionComparison,
} from '../../../src/repository/releases/release-record.ts';
import { chanceOf } from '../../../src/training/measuring/mcnemar.ts';
import { decideRelease, type Findings } from '../../../src/training/releasing/decide.ts';

const figures = (changes: Partial<ComparedFigures> = {}): ComparedFigures => ({
  accuracy: 0.95,
  macroRecall: 0.94,
  calibrationError: 0.02,
  millisecondsPerImage: 0.1,
  ...changes,
});

const comparison = (
  lost: number,
  gained: number,
  changes: Partial<VersionComparison> = {},
): VersionComparison => ({
  dataset: 'dataset:shapes',
  digest: 'd',
  examples: 200,
  present: figures(),
  candidate: figures(),
  lost,
  gained,
  chance: chanceOf(lost, gained),
  disagreements: [],
  ...changes,
});

const decide = (rule: ReleaseRule, changes: Partial<Findings> = {}) =>
  decideRelease(rule, {
    present: 3,
    checks: [{ name: 'same-classes', passed: true, found: 'the same 2 classes' }],
    comparisons: [comparison(2, 2)],
    servedAccuracy: 0.93,
    ...changes,
  });

const candidate = (changes: Partial<ComparedFigures>) => ({
  comparisons: [comparison(0, 0, { candidate: figures(changes) })],
});

const few = (examples: number) => [comparison(0, 0, { examples })];

const worse = (accuracy: number) => [
  comparison(60, 20, { candidate: figures({ accuracy }), present: figures({ accuracy: 0.9 }) }),
];

describe('who answers for production', () => {
  it('is the first version of a model, whatever the rule', () => {
    for (const rule of ['never', 'always', 'if-better', { margin: 0 }] as const) {
      expect(decide(rule, { present: undefined, comparisons: [] })).toEqual({
        decision: 'promoted',
        reason: 'It is the first version of its model.',
      });
    }
  });

  it('is no other by a rule that says never, and nobody who fails a check by any rule', () => {
    expect(decide('never')).toEqual({
      decision: 'kept',
      reason: 'The release policy of the model says that versions are promoted by hand.',
    });
    const checks = [
      { name: 'same-classes', passed: true, found: 'the same 2 classes' },
      { name: 'golden-samples', passed: false, found: 'golden/1.png is answered with "7"' },
    ] as const;
    for (const rule of ['always', 'if-better', { margin: 1 }] as const) {
      expect(decide(rule, { checks })).toEqual({
        decision: 'kept',
        reason: 'Golden/1.png is answered with "7".',
      });
    }
  });

  it('is everybody who passes the checks by a rule that says always', () => {
    expect(decide('always', { comparisons: [] })).toMatchObject({ decision: 'promoted' });
    expect(decide('if-better', { comparisons: [] })).toEqual({
      decision: 'kept',
      reason: 'There are no examples that both versions could be compared on.',
    });
  });

  it('is who is not worse beyond chance: five lost and none gained is, four are not', () => {
    expect(decide('if-better')).toEqual({
      decision: 'promoted',
      reason:
        'It is not worse: on 200 examples of dataset:shapes version 3 is right for 95.00 %, this one for 95.00 % (2 lost, 2 gained).',
    });
    expect(decide('if-better', { comparisons: [comparison(4, 0)] }).decision).toBe('promoted');
    expect(decide('if-better', { comparisons: [comparison(5, 0)] })).toEqual({
      decision: 'kept',
      reason:
        'It is worse beyond chance: on 200 examples of dataset:shapes version 3 is right for 95.00 %, this one for 95.00 % (5 lost, 0 gained).',
    });
    const both = [comparison(0, 9), comparison(40, 20, { dataset: 'mnist:' })];
    expect(decide('if-better', { comparisons: both })).toMatchObject({
      decision: 'kept',
      reason: expect.stringMatching(/beyond chance: on 200 examples of mnist:/),
    });
  });

  it('is nobody on the word of fewer than thirty examples', () => {
    expect(decide('if-better', { comparisons: few(30) }).decision).toBe('promoted');
    expect(decide('if-better', { comparisons: few(29) })).toEqual({
      decision: 'kept',
      reason:
        'There are 29 examples of dataset:shapes to compare on that it has not seen before; fewer than 30 decide nothing.',
    });
  });

  it.each([
    [
      { floors: { accuracy: 0.951 } },
      'Its accuracy on dataset:shapes is 0.9500, and the policy asks for 0.951.',
    ],
    [{ floors: { accuracy: 0.95 } }, undefined],
    [
      { floors: { macroRecall: 0.945 } },
      'Its macroRecall on dataset:shapes is 0.9400, and the policy asks for 0.945.',
    ],
    [
      { floors: { servedAccuracy: 0.931 } },
      'Its accuracy as images is 0.9300, and the policy asks for 0.931.',
    ],
    [{ floors: { servedAccuracy: 0.93 } }, undefined],
    [
      { maxCalibrationError: 0.01 },
      'Its scores are 0.020 away from how often they are right on dataset:shapes, at most 0.010 is allowed (version 3: 0.020).',
    ],
    [{ maxCalibrationError: 0.02 }, undefined],
  ] as const)('by the conditions %j: %s', (rule, reason) => {
    const decision = decide(rule);
    if (reason === undefined) expect(decision.decision).toBe('promoted');
    else expect(decision).toEqual({ decision: 'kept', reason });
  });

  it('may be worse by a margin that somebody wrote, and not by more, whatever chance says', () => {
    expect(decide({ margin: 0.05 }, { comparisons: worse(0.86) }).decision).toBe('promoted');
    expect(decide({ margin: 0.05 }, { comparisons: worse(0.84) })).toEqual({
      decision: 'kept',
      reason:
        'It is worse by more than the margin of 0.05: on 200 examples of dataset:shapes version 3 is right for 90.00 %, this one for 84.00 % (60 lost, 20 gained).',
    });
  });

  it('is nobody with bad scores, or who takes three times as long and more than 2 ms', () => {
    const decisionOf = (changes: Partial<ComparedFigures>, rule: ReleaseRule = 'if-better') =>
      decide(rule, candidate(changes)).decision;
    expect(decisionOf({ calibrationError: 0.07 })).toBe('promoted');
    expect(decisionOf({ calibrationError: 0.071 })).toBe('kept');
    expect(decisionOf({ millisecondsPerImage: 2 })).toBe('promoted');
    expect(decide('if-better', candidate({ millisecondsPerImage: 2.1 }))).toEqual({
      decision: 'kept',
      reason: 'An image takes it 2.10 ms, more than 3 times the 0.10 ms of version 3.',
    });
    expect(decisionOf({ millisecondsPerImage: 2.1 }, { maxSlowdown: 21 })).toBe('promoted');
    expect(decisionOf({ millisecondsPerImage: 2.1 }, { maxSlowdown: 20 })).toBe('kept');
  });

  it('is nobody whose images were never measured where a floor asks for it', () => {
    const rule = { floors: { servedAccuracy: 0 } };
    expect(decide(rule, { servedAccuracy: undefined }).decision).toBe('promoted');
    expect(decide({ floors: { servedAccuracy: 0.1 } }, { servedAccuracy: undefined })).toEqual({
      decision: 'kept',
      reason: 'Its accuracy as images was not measured, and the policy asks for 0.1.',
    });
  });
});

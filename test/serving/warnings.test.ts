import { describe, expect, it } from 'vitest';
import { warningsOf } from '../../src/serving/warnings.ts';
import { handwritingGate } from '../../src/signature.ts';

const gate = { ...handwritingGate, minScore: 0.9 };
const ink = (contrast: number, separability: number) => ({ contrast, separability });
const pen = ink(0.6, 0.92);

describe('the warnings of a prediction', () => {
  it('are none for sharp ink and a sure answer', () => {
    expect(warningsOf(pen, 0.99, gate)).toEqual([]);
  });

  it.each([
    ['contrast', ink(0.05, 0.92), ink(0.0499, 0.92), 'blank'],
    ['separability', ink(0.6, 0.8), ink(0.6, 0.7999), 'no_ink'],
  ] as const)('begin below the threshold of %s, not on it', (_, onIt, below, warning) => {
    expect(warningsOf(onIt, 0.99, gate)).toEqual([]);
    expect(warningsOf(below, 0.99, gate)).toEqual([warning]);
  });

  it('call an answer uncertain below the threshold, not on it', () => {
    expect(warningsOf(pen, 0.9, gate)).toEqual([]);
    expect(warningsOf(pen, 0.8999, gate)).toEqual(['uncertain']);
  });

  it('say blank rather than no_ink when both hold, and uncertain beside either', () => {
    expect(warningsOf(ink(0, 0), 0.99, gate)).toEqual(['blank']);
    expect(warningsOf(ink(0, 0), 0.5, gate)).toEqual(['blank', 'uncertain']);
    expect(warningsOf(ink(0.6, 0), 0.5, gate)).toEqual(['no_ink', 'uncertain']);
  });

  it('look only at what the gate names: nothing without one, as in older manifests', () => {
    expect(warningsOf(ink(0, 0), 0, undefined)).toEqual([]);
    expect(warningsOf(ink(0, 0), 0, {})).toEqual([]);
    expect(warningsOf(ink(0, 0), 0, { minScore: 0.5 })).toEqual(['uncertain']);
    expect(warningsOf(ink(0, 0), 0, { minSeparability: 0.8 })).toEqual(['no_ink']);
  });

  it('of an image that was not looked at for ink can only be uncertain', () => {
    expect(warningsOf(undefined, 0.5, gate)).toEqual(['uncertain']);
    expect(warningsOf(undefined, 0.99, gate)).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { pixelsProvenance } from '../../src/image/provenance.ts';
import type { InkFigures } from '../../src/image/handwriting/ink-figures.ts';
import { warningsOf } from '../../src/serving/warnings.ts';
import { handwritingGate, type Gate } from '../../src/signature.ts';

const damaged = { ...pixelsProvenance, isDamaged: true };
const gate = { ...handwritingGate, minScore: 0.9 };
const ink = (contrast: number, separability: number) => ({ contrast, separability });
const warnings = (found: InkFigures | undefined, score: number, thresholds?: Gate) =>
  warningsOf({ ink: found, provenance: pixelsProvenance }, score, thresholds);
const pen = ink(0.6, 0.92);

describe('the warnings of a prediction', () => {
  it('are none for sharp ink and a sure answer', () => {
    expect(warnings(pen, 0.99, gate)).toEqual([]);
  });

  it.each([
    ['contrast', ink(0.05, 0.92), ink(0.0499, 0.92), 'blank'],
    ['separability', ink(0.6, 0.8), ink(0.6, 0.7999), 'no_ink'],
  ] as const)('begin below the threshold of %s, not on it', (_, onIt, below, warning) => {
    expect(warnings(onIt, 0.99, gate)).toEqual([]);
    expect(warnings(below, 0.99, gate)).toEqual([warning]);
  });

  it('call an answer uncertain below the threshold, not on it', () => {
    expect(warnings(pen, 0.9, gate)).toEqual([]);
    expect(warnings(pen, 0.8999, gate)).toEqual(['uncertain']);
  });

  it('say blank rather than no_ink when both hold, and uncertain beside either', () => {
    expect(warnings(ink(0, 0), 0.99, gate)).toEqual(['blank']);
    expect(warnings(ink(0, 0), 0.5, gate)).toEqual(['blank', 'uncertain']);
    expect(warnings(ink(0.6, 0), 0.5, gate)).toEqual(['no_ink', 'uncertain']);
  });

  it('say several where there is ink and other ink beside it, whatever the score', () => {
    const several = { ...pen, isSeveral: true };
    expect(warnings(several, 0.99, gate)).toEqual(['several']);
    expect(warnings(several, 0.5, gate)).toEqual(['several', 'uncertain']);
    expect(warnings({ ...several, contrast: 0 }, 0.99, gate)).toEqual(['blank']);
    expect(warnings({ ...several, separability: 0 }, 0.99, gate)).toEqual(['no_ink']);
    expect(warnings(several, 0)).toEqual(['several']);
  });

  it('say no_ink of what is a part of a photograph, whatever the gate, unless it is blank', () => {
    const photographed = { ...pen, isPhotograph: true };
    expect(warnings(photographed, 0.99, gate)).toEqual(['no_ink']);
    expect(warnings({ ...photographed, isSeveral: true }, 0.5, gate)).toEqual([
      'no_ink',
      'uncertain',
    ]);
    expect(warnings({ ...photographed, contrast: 0 }, 0.99, gate)).toEqual(['blank']);
    expect(warnings(photographed, 0)).toEqual(['no_ink']);
  });

  it('look only at what the gate names: nothing without one, as in older manifests', () => {
    expect(warnings(ink(0, 0), 0, undefined)).toEqual([]);
    expect(warnings(ink(0, 0), 0, {})).toEqual([]);
    expect(warnings(ink(0, 0), 0, { minScore: 0.5 })).toEqual(['uncertain']);
    expect(warnings(ink(0, 0), 0, { minSeparability: 0.8 })).toEqual(['no_ink']);
  });

  it('say first of all that the file is damaged, whatever the gate', () => {
    expect(warningsOf({ ink: pen, provenance: damaged }, 0.99)).toEqual(['damaged']);
    expect(warningsOf({ ink: ink(0, 0), provenance: damaged }, 0.5, gate)).toEqual([
      'damaged',
      'blank',
      'uncertain',
    ]);
  });

  it('of an image that was not looked at for ink can only be uncertain', () => {
    expect(warnings(undefined, 0.5, gate)).toEqual(['uncertain']);
    expect(warnings(undefined, 0.99, gate)).toEqual([]);
  });
});

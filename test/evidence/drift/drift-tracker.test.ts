import { describe, expect, it } from 'vitest';
import { createDriftTracker } from '../../../src/evidence/drift/drift-tracker.ts';
import { pixelsProvenance } from '../../../src/image/provenance.ts';
import type { Baseline } from '../../../src/repository/baseline.ts';
import { aCall, anImage, manifestWith } from '../a-call.ts';

const halves = { edges: [0.5], counts: [100, 100] };
const baseline: Baseline = {
  examples: 200,
  classes: [100, 100, 0],
  confidence: halves,
  brightness: halves,
  contrast: { edges: [], counts: [200] },
  provenance: {
    images: 200,
    formats: { png: 200 },
    marks: { damaged: 0, icc: 0, alpha: 0, enlarged: 100, cropped: 0 },
  },
};
const manifest = manifestWith({ baseline });

/** Predictions as the baseline has them: half of them in either bin. */
const usual = (count: number) =>
  Array.from({ length: count }, (_, at) => {
    const isOdd = at % 2 === 1;
    const value = isOdd ? 0.9 : 0.1;
    return anImage({
      label: isOdd ? 'left' : 'dark',
      score: value,
      brightness: value,
      contrast: value,
      provenance: { ...pixelsProvenance, format: 'png', enlarged: isOdd ? 2 : 1 },
      marks: isOdd ? ['enlarged'] : [],
    });
  });
const figuresOf = (tracker: ReturnType<typeof createDriftTracker>) =>
  Object.fromEntries(tracker.samples().map(({ figure, index }) => [figure, index]));
const watch = (window = 200) => createDriftTracker({ window, maxVersions: 2 });

describe('drift', () => {
  it('is hardly any of predictions as the baseline has them', () => {
    const tracker = watch();
    tracker.observe(aCall(usual(200), manifest));
    const figures = figuresOf(tracker);
    // Contrast has one bin, and cannot move.
    const names = 'alpha brightness class confidence cropped damaged enlarged format icc';
    expect(Object.keys(figures).toSorted()).toEqual(names.split(' '));
    for (const index of Object.values(figures)) expect(index).toBeLessThan(0.01);
  });

  it('names the figure that has changed, and no other', () => {
    const tracker = watch();
    const changed = usual(200).map((image) => ({ ...image, brightness: 0.9 }));
    tracker.observe(aCall(changed, manifest));
    const { brightness, ...others } = figuresOf(tracker);
    expect(brightness).toBeGreaterThan(1);
    for (const index of Object.values(others)) expect(index).toBeLessThan(0.01);
  });

  it('sees classes, containers and marks that the baseline has not', () => {
    const tracker = watch();
    const changed = usual(200).map((image) => ({
      ...image,
      label: 'bright',
      provenance: { ...pixelsProvenance, format: 'jpeg' as const },
      marks: ['damaged' as const],
    }));
    tracker.observe(aCall(changed, manifest));
    const { class: classes, format, damaged, enlarged, icc } = figuresOf(tracker);
    expect([classes, format, damaged, enlarged].every((index) => index! > 0.25)).toBe(true);
    expect(icc).toBeLessThan(0.01);
  });

  it('shows a figure once there are twenty predictions for each of its bins', () => {
    const tracker = watch();
    tracker.observe(aCall(usual(39), manifest));
    expect(tracker.samples()).toEqual([]);
    tracker.observe(aCall(usual(1), manifest));
    expect(Object.keys(figuresOf(tracker))).toContain('brightness');
    expect(Object.keys(figuresOf(tracker))).not.toContain('class');
    tracker.observe(aCall(usual(20), manifest));
    expect(Object.keys(figuresOf(tracker))).toContain('class');
  });

  it('forgets what is older than its window', () => {
    const tracker = watch(100);
    const bright = usual(100).map((image) => ({ ...image, brightness: 0.9 }));
    tracker.observe(aCall(bright, manifest));
    expect(figuresOf(tracker)['brightness']).toBeGreaterThan(1);
    tracker.observe(aCall(usual(100), manifest));
    expect(figuresOf(tracker)['brightness']).toBeLessThan(0.01);
  });

  it('is not told of a version without a baseline, and watches so many versions at most', () => {
    const tracker = watch(60);
    const versions = () => new Set(tracker.samples().map(({ version }) => version));
    tracker.observe(aCall(usual(60), manifestWith({})));
    expect([...versions()]).toEqual([]);
    for (const version of [1, 2, 3]) {
      tracker.observe(aCall(usual(60), manifestWith({ baseline, version })));
    }
    expect([...versions()]).toEqual([2, 3]);
  });

  it('puts the rare ones of many classes together', () => {
    const classes = Array.from({ length: 1000 }, (_, at) => `class ${at}`);
    const counts = classes.map((_, at) => (at < 500 ? 1000 - at : 0));
    const many = manifestWith({ baseline: { ...baseline, classes: counts }, classes });
    const tracker = createDriftTracker({ window: 400, maxVersions: 1 });
    const rare = Array.from({ length: 400 }, () => anImage({ label: 'class 999' }));
    tracker.observe(aCall(rare, many));
    // Almost all of the baseline lies in the bin of the rare ones, and so do these.
    expect(figuresOf(tracker)['class']).toBeLessThan(0.25);
    const common = Array.from({ length: 400 }, () => anImage({ label: 'class 0' }));
    tracker.observe(aCall(common, many));
    expect(figuresOf(tracker)['class']).toBeGreaterThan(1);
  });
});

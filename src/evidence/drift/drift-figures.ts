import { provenanceMarks } from '../../image/provenance.ts';
import type { Baseline, BaselineHistogram } from '../../repository/baseline.ts';
import { binOf } from '../histogram.ts';
import type { PredictedImage } from '../predicted-call.ts';

/** One thing about predictions that is compared with the baseline: into which of its bins a prediction falls. */
export interface DriftFigure {
  readonly name: string;
  /** What the baseline has in each bin. */
  readonly expected: readonly number[];
  binOf(image: PredictedImage): number;
}

/** Classes beyond the most frequent ones are one bin together: a thousand bins would need a huge window. */
const MAX_CLASS_BINS = 20;

/** What can be compared with this baseline: all that it holds figures of. */
export function driftFigures(baseline: Baseline, classes: readonly string[]): DriftFigure[] {
  const { confidence, brightness, contrast } = baseline;
  return [
    classFigure(baseline.classes, classes),
    histogramFigure('confidence', confidence, ({ score }) => score),
    histogramFigure('brightness', brightness, (image) => image.brightness),
    ...(contrast ? [histogramFigure('ink', contrast, (image) => image.contrast ?? 0)] : []),
    ...provenanceFigures(baseline.provenance),
  ];
}

function classFigure(counts: readonly number[], classes: readonly string[]): DriftFigure {
  const byCount = classes
    .map((label, index) => ({ label, count: counts[index]! }))
    .toSorted((a, b) => b.count - a.count);
  const own = byCount.slice(
    0,
    classes.length > MAX_CLASS_BINS ? MAX_CLASS_BINS - 1 : MAX_CLASS_BINS,
  );
  const others = byCount.slice(own.length);
  const bins = new Map(own.map(({ label }, bin) => [label, bin]));
  const expected = own.map(({ count }) => count);
  if (others.length > 0) expected.push(others.reduce((sum, { count }) => sum + count, 0));
  return { name: 'class', expected, binOf: ({ label }) => bins.get(label) ?? own.length };
}

function histogramFigure(
  name: string,
  { edges, counts }: BaselineHistogram,
  valueOf: (image: PredictedImage) => number,
): DriftFigure {
  return { name, expected: counts, binOf: (image) => binOf(valueOf(image), edges) };
}

/** The containers, and for each mark the images with it and those without. */
function provenanceFigures(provenance: Baseline['provenance']): DriftFigure[] {
  if (!provenance) return [];
  const { images, formats, marks } = provenance;
  const names = Object.keys(formats);
  const format: DriftFigure = {
    name: 'format',
    expected: [...Object.values(formats), 0],
    binOf: (image) => {
      const bin = names.indexOf(image.provenance.format);
      return bin < 0 ? names.length : bin;
    },
  };
  const ofMarks = provenanceMarks.map((mark) => ({
    name: mark,
    expected: [images - marks[mark], marks[mark]],
    binOf: (image: PredictedImage) => Number(image.marks.includes(mark)),
  }));
  return [format, ...ofMarks];
}

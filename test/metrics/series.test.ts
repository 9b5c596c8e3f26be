import { Counter, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { SeriesCounter, SeriesHistogram } from '../../src/metrics/series.ts';

const about = { name: 'glimpse_thing', help: 'Things.', labelNames: ['stage', 'model'] };
const buckets = [0.1, 0.5, 1];
const observed: [stage: string, model: string, value: number][] = [
  ['decode', 'digits', 0.05],
  ['decode', 'digits', 0.1],
  ['infer', 'digits', 0.7],
  ['infer', 'letters "a"', 7],
  ['decode', 'digits', 1],
];

/** As text, and as it goes to other processes; nothing here has exemplars. */
const both = async (register: Registry) => {
  const json = JSON.stringify(await register.getMetricsAsJSON(), (key, value: unknown) =>
    key === 'exemplar' ? undefined : value,
  );
  return [await register.metrics(), JSON.parse(json) as unknown];
};

describe('the series of a metric', () => {
  it('are shown as prom-client shows a histogram of the same observations', async () => {
    const [own, reference] = [new Registry(), new Registry()];
    const histogram = new SeriesHistogram({ ...about, buckets, registers: [own] });
    const plain = new Histogram({ ...about, buckets, registers: [reference] });
    for (const [stage, model, value] of observed) {
      histogram.of(stage, model).observe(value);
      plain.observe({ stage, model }, value);
    }
    histogram.of('never', 'observed');
    expect(await both(own)).toEqual(await both(reference));
  });

  it('are shown as prom-client shows a counter of the same counts, however often they are asked for', async () => {
    const [own, reference] = [new Registry(), new Registry()];
    const counter = new SeriesCounter({ ...about, registers: [own] });
    const plain = new Counter({ ...about, registers: [reference] });
    for (const [stage, model] of observed) {
      counter.of(stage, model).add(2);
      plain.inc({ stage, model }, 2);
      expect(await both(own)).toEqual(await both(reference));
    }
  });

  it('are forgotten with what was not asked for yet', async () => {
    const register = new Registry();
    const counter = new SeriesCounter({ ...about, registers: [register] });
    counter.of('decode', 'digits').add(5);
    counter.remove('decode', 'digits');
    expect(await register.metrics()).not.toContain('digits');
    counter.of('decode', 'digits').add(1);
    expect(await register.metrics()).toContain('glimpse_thing{stage="decode",model="digits"} 1');
  });
});

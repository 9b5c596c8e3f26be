import { describe, expect, it } from 'vitest';
import { quartersOf, verdictOn, type Sample } from '../../bench/memory-predictions.ts';
import { makeMix } from '../../bench/mixed-requests.ts';

const samplesOf = (pss: (at: number) => number): Sample[] =>
  Array.from({ length: 40 }, (_, at) => ({
    requests: at,
    pss: pss(at),
    resident: 200,
    heap: 40,
    external: 9,
  }));

describe('memory over many predictions', () => {
  it('is told to grow when the last quarter has more than the third', () => {
    expect(verdictOn(samplesOf((at) => 100 + at))).toContain('GREW: +10.0 MiB');
    expect(quartersOf(samplesOf((at) => 100 + at)).map(({ pss }) => pss)).toEqual([
      104.5, 114.5, 124.5, 134.5,
    ]);
  });

  it('is told not to grow when it settles, and goes up and down', () => {
    expect(verdictOn(samplesOf((at) => (at < 10 ? 80 : 100) + (at % 3)))).toContain('did not grow');
  });
});

describe('the mix of requests', () => {
  it('has every kind of body, one in forty that is refused, and one that is cut off', async () => {
    const mix = await makeMix();
    const forty = Array.from({ length: 40 }, (_, index) => mix(index));
    expect(new Set(forty.map(({ name }) => name)).size).toBe(6);
    expect(forty.filter(({ status }) => status === undefined)).toHaveLength(1);
    expect(forty.filter(({ status }) => status !== undefined && status >= 400)).toHaveLength(1);
  });
});

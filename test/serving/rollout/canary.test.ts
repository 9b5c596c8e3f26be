import { describe, expect, it } from 'vitest';
import { errors } from '../../../src/errors.ts';
import { judgeCanary } from '../../../src/serving/rollout/judge-canary.ts';
import { nextMove } from '../../../src/serving/rollout/next-move.ts';
import {
  createRolloutFigures,
  type CanaryFigures,
  type VersionFigures,
} from '../../../src/serving/rollout/version-figures.ts';

const plan = {
  version: 2,
  steps: [
    { share: 0.05, bakeSeconds: 60 },
    { share: 0.5, bakeSeconds: 600 },
  ],
};
const running = {
  state: 'running',
  version: 2,
  present: 1,
  step: 0,
  since: '2026-11-27T12:00:00.000Z',
};
const done = (changes: Partial<VersionFigures> = {}): VersionFigures => ({
  requests: 100,
  errors: 0,
  images: 100,
  warned: 0,
  p95Ms: 10,
  ...changes,
});
const seen = (changes: Partial<CanaryFigures> = {}): CanaryFigures => ({
  present: done({ requests: 1_000, images: 1_000 }),
  canary: done(),
  compared: 0,
  agreed: 0,
  ...changes,
});

const judged = (changes: Partial<CanaryFigures>, bands = {}) =>
  judgeCanary({ ...plan, bands }, seen(changes));

describe('the judgement of a canary', () => {
  it('is good within every band, and none before enough requests', () => {
    expect(judged({})).toEqual({ verdict: 'good' });
    expect(judged({ canary: done({ requests: 99, errors: 99 }) })).toEqual({ verdict: 'waiting' });
    const three = { ...plan, minRequests: 3 };
    expect(judgeCanary(three, seen({ canary: done({ requests: 3 }) })).verdict).toBe('good');
  });

  it.each([
    [{ canary: done({ errors: 1 }) }, {}, undefined],
    [{ canary: done({ errors: 2 }) }, {}, '2.0 % of its 100 requests failed'],
    [{ canary: done({ errors: 6 }), present: done({ errors: 5 }) }, {}, undefined],
    [{ canary: done({ errors: 2 }) }, { errorRate: 0.02 }, undefined],
    [{ canary: done({ errors: 2 }), present: done({ requests: 0 }) }, {}, '0.0 % of 0; 1.0 %'],
    [{ canary: done({ p95Ms: 20 }) }, {}, undefined],
    [{ canary: done({ p95Ms: 20.1 }) }, {}, 'take up to 20.1 ms'],
    [{ canary: done({ p95Ms: 20.1 }) }, { latency: 3 }, undefined],
    [{ canary: done({ p95Ms: 6 }), present: done({ p95Ms: 1 }) }, {}, undefined],
    [{ canary: done({ p95Ms: 99 }), present: done({ requests: 99 }) }, {}, undefined],
    [{ canary: done({ p95Ms: 99 }), present: done({ p95Ms: undefined }) }, {}, undefined],
    [{ canary: done({ warned: 10 }) }, {}, undefined],
    [{ canary: done({ warned: 11 }) }, {}, '11.0 % of its 100 predictions carry a warning'],
    [{ canary: done({ warned: 11 }), present: done({ warned: 2 }) }, {}, undefined],
    [{ canary: done({ warned: 99 }), present: done({ requests: 99 }) }, {}, undefined],
    [{ compared: 100, agreed: 0 }, {}, undefined],
    [{ compared: 100, agreed: 95 }, { agreement: 0.95 }, undefined],
    [{ compared: 100, agreed: 94 }, { agreement: 0.95 }, 'about 94.0 % of 100 images'],
  ])('of %j within %j', (changes, bands, words) => {
    const verdict = judged(changes, bands);
    if (words === undefined) expect(verdict).toEqual({ verdict: 'good' });
    else expect(verdict).toMatchObject({ verdict: 'worse', why: expect.stringContaining(words) });
  });

  it('waits for the comparisons that a band of agreement asks for, and needs no more than those', () => {
    const bands = { agreement: 0.9 };
    expect(judged({ compared: 99, agreed: 0 }, bands)).toEqual({ verdict: 'waiting' });
    const few = { canary: done({ requests: 1 }), compared: 100, agreed: 50 };
    expect(judged(few, bands)).toMatchObject({ verdict: 'worse' });
  });
});

const at = (time: string) => new Date(`2026-11-27T${time}Z`);
const good = { verdict: 'good' } as const;
const next = (changes: object, verdict: Parameters<typeof nextMove>[1], time: string) =>
  nextMove({ plan, canary: { ...running, ...changes }, production: 1 }, verdict, at(time));
const moved = (production: number | undefined) =>
  nextMove({ plan, canary: running, production }, good, at('12:01:00'));

describe('what comes next for a canary', () => {
  it('is the next step when the last one has lasted and was good', () => {
    expect(next({}, good, '12:00:59.999')).toBeUndefined();
    expect(next({}, { verdict: 'waiting' }, '13:00:00')).toBeUndefined();
    expect(next({}, good, '12:01:00')).toEqual({
      canary: { ...running, step: 1, since: '2026-11-27T12:01:00.000Z' },
      promotes: false,
      why: 'Version 2 has held in step 1 of 2, and is asked by 50 % now.',
    });
  });

  it('is its promotion after the last one', () => {
    expect(next({ step: 1 }, good, '12:09:59')).toBeUndefined();
    expect(next({ step: 9 }, good, '12:10:00')).toMatchObject({ promotes: true });
    expect(next({ step: 1 }, good, '12:10:00')).toMatchObject({
      canary: { state: 'promoted', step: 1 },
      promotes: true,
    });
  });

  it('is its end at once when it is worse', () => {
    expect(next({}, { verdict: 'worse', why: 'it fails.' }, '12:00:01')).toEqual({
      canary: {
        ...running,
        state: 'rolled-back',
        since: '2026-11-27T12:00:01.000Z',
        why: 'Version 2: it fails.',
      },
      promotes: false,
      why: 'Version 2: it fails.',
    });
  });

  it('follows whoever moves the label production meanwhile', () => {
    expect(moved(2)).toMatchObject({ canary: { state: 'promoted' }, promotes: false });
    expect(moved(3)).toMatchObject({
      canary: { state: 'ended' },
      why: 'The label production was moved to version 3 meanwhile.',
    });
    expect(moved(undefined)).toMatchObject({ canary: { state: 'ended' } });
  });
});

describe('the figures of a canary', () => {
  const outcome = { version: 2, ms: 1, images: 2, warned: 1 };

  it('count requests, images, warnings and what nineteen of twenty take, of the two versions', () => {
    const figures = createRolloutFigures();
    for (let ms = 1; ms <= 100; ms += 1) figures.observe('m', running, { ...outcome, ms });
    figures.observe('m', running, { ...outcome, version: 1, ms: 7 });
    figures.observe('m', running, { ...outcome, version: 9 });
    figures.compare('m', running, 3, 2);
    expect(figures.of('m', running)).toEqual({
      canary: { requests: 100, errors: 0, images: 200, warned: 100, p95Ms: 95 },
      present: { requests: 1, errors: 0, images: 2, warned: 1, p95Ms: 7 },
      compared: 3,
      agreed: 2,
    });
    for (let ms = 1; ms <= 2_000; ms += 1) figures.observe('m', running, { ...outcome, ms: 5 });
    expect(figures.of('m', running).canary.p95Ms).toBe(5);
  });

  it('count as errors what is our fault, and what is not not at all', () => {
    const figures = createRolloutFigures();
    const failed = { version: 2, ms: 1, images: 0, warned: 0 };
    for (const error of [
      new errors.GLIMPSE_RUNTIME_FAILED('no.'),
      new errors.GLIMPSE_DEADLINE_EXCEEDED(5),
      new Error('a bug'),
      new errors.GLIMPSE_IMAGE_EMPTY(),
      new errors.GLIMPSE_QUEUE_FULL(5),
      new errors.GLIMPSE_CLIENT_CLOSED(),
      new errors.GLIMPSE_DRAINING(),
    ]) {
      figures.observe('m', running, { ...failed, error });
    }
    const { canary } = figures.of('m', running);
    expect(canary).toEqual({ requests: 3, errors: 3, images: 0, warned: 0, p95Ms: undefined });
  });

  it('begin anew with each step, those of the present version with each canary', () => {
    const figures = createRolloutFigures();
    for (const version of [1, 2]) figures.observe('m', running, { ...outcome, version });
    figures.compare('m', running, 1, 1);
    const second = { ...running, step: 1, since: '2026-11-27T12:01:00.000Z' };
    expect(figures.of('m', second)).toMatchObject({
      canary: { requests: 0 },
      present: { requests: 1 },
      compared: 0,
    });
    const again = { ...running, since: '2026-11-27T13:00:00.000Z' };
    expect(figures.of('m', again).present.requests).toBe(0);
    figures.observe('m', again, outcome);
    figures.keepOnly(new Set(['m']));
    expect(figures.of('m', again).canary.requests).toBe(1);
    figures.keepOnly(new Set(['other']));
    expect(figures.of('m', again).canary.requests).toBe(0);
  });
});

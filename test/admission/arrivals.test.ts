import { describe, expect, it } from 'vitest';
import type { VersionQueue } from '../../src/account.ts';
import {
  createArrivals,
  type Announcement,
  type ArrivalRefusal,
} from '../../src/admission/arrivals.ts';
import { bulkOf, type Flow } from '../../src/fair-queue.ts';
import { isGlimpseError } from '../../src/errors.ts';

const flow = (id: string): Flow => ({ id, weight: 1 });
const [ann, bob] = [flow('ann'), flow('bob')];

interface Rig {
  /** Of a model that takes ten milliseconds for each image. */
  readonly msPerImage?: number;
  readonly limit?: number;
  readonly readingMs?: number;
}

/** Admission for one version, on a clock that stands still until it is moved. */
function createRig({ msPerImage = 10, limit = 100, readingMs = 0 }: Rig = {}) {
  let now = 1000;
  const refusals: ArrivalRefusal[] = [];
  const arrivals = createArrivals({
    stages: [() => readingMs],
    mostImages: 50,
    onRefuse: (refusal) => refusals.push(refusal),
    now: () => now,
  });
  const queue: VersionQueue = {
    waiting: 0,
    limit,
    running: 0,
    msFor: (images) => images * msPerImage,
  };
  const admit = (given: Partial<Announcement> & { forMs?: number } = {}) =>
    arrivals.admit({
      model: 'digits',
      queues: [queue],
      flow: ann,
      deadline: now + (given.forMs ?? 30_000),
      form: 'json',
      bytes: undefined,
      ...given,
    });
  /** One whose body is here, and holds so many images. */
  const enter = (images: number, given: Partial<Announcement> = {}) => {
    const arrival = admit(given);
    arrival.here(images * 100);
    arrival.read(images);
    return arrival;
  };
  const pass = (ms: number): void => void (now += ms);
  return { arrivals, queue, refusals, admit, enter, pass };
}

function refusalOf(attempt: () => unknown) {
  try {
    attempt();
  } catch (error) {
    if (isGlimpseError(error)) return { code: error.code, ...error.details };
    throw error;
  }
  return undefined;
}

describe('a request is let in by its head', () => {
  it('where its images would be answered in time, and refused with the time after which they would be', () => {
    const { enter, admit, refusals } = createRig();
    enter(40);
    // 41 images take 410 ms; four fifths of 500 are 400.
    expect(refusalOf(() => admit({ forMs: 500 }))).toEqual({
      code: 'GLIMPSE_WAIT_TOO_LONG',
      retryAfterMs: 10,
    });
    expect(refusalOf(() => admit({ forMs: 520 }))).toBeUndefined();
    expect(refusals).toEqual([{ model: 'digits', reason: 'late', priority: 'online' }]);
  });

  it('where there is room in the queue, and refused with the time until there is', () => {
    const { enter, admit, refusals } = createRig({ limit: 30 });
    enter(25);
    expect(refusalOf(() => admit({ bytes: 800 }))).toEqual({
      code: 'GLIMPSE_QUEUE_FULL',
      waiting: 25,
      limit: 30,
      retryAfterMs: 30,
    });
    expect(refusalOf(() => admit({ bytes: 500 }))).toBeUndefined();
    expect(refusals).toEqual([{ model: 'digits', reason: 'full', priority: 'online' }]);
  });

  it('for as many examples as it turns out to run, and refused where there is no room for them', () => {
    const rig = createRig({ limit: 10 });
    const [first, second] = [rig.enter(2), rig.enter(1)];
    first.runs(6);
    expect(rig.arrivals.drainMs(rig.queue)).toBe(70);
    expect(refusalOf(() => second.runs(9))).toMatchObject({ code: 'GLIMPSE_QUEUE_FULL' });
    first.runs(1);
    first.close();
    second.close();
    expect(rig.arrivals.drainMs(rig.queue)).toBe(0);
  });

  it('alone whatever it holds, where nothing else is there', () => {
    const { admit, enter } = createRig({ limit: 3 });
    enter(1).close();
    expect(refusalOf(() => admit({ bytes: 5_000 }))).toBeUndefined();
  });

  it('by as many images as its length can hold of the largest that were seen, and no more than a request may have', () => {
    const { arrivals, queue, admit, enter } = createRig();
    const larger = admit();
    larger.here(800);
    larger.read(2);
    larger.close();
    enter(11).close();
    // 400 bytes an image were seen, then 100, which counts for a tenth.
    admit({ bytes: 370 * 20 });
    expect(arrivals.drainMs(queue)).toBe(200);
    admit({ bytes: 1_000_000 });
    expect(arrivals.drainMs(queue)).toBe(700);
  });

  it('as one image where nothing was seen, or where it is an image', () => {
    const { admit, enter } = createRig({ limit: 10 });
    expect(refusalOf(() => admit({ bytes: 1_000_000 }))).toBeUndefined();
    enter(5);
    expect(refusalOf(() => admit({ form: 'image', bytes: 1_000_000 }))).toBeUndefined();
  });

  it('where it waits for nobody, however little time there is', () => {
    const { admit, enter } = createRig();
    expect(refusalOf(() => admit({ forMs: 1 }))).toBeUndefined();
    expect(refusalOf(() => admit({ forMs: 1, flow: bob }))).toBeUndefined();
    enter(1);
    expect(refusalOf(() => admit({ forMs: 1 }))).toMatchObject({ code: 'GLIMPSE_WAIT_TOO_LONG' });
  });

  it('while nothing is known of the model', () => {
    const { admit, enter } = createRig({ msPerImage: 0 });
    enter(50);
    expect(refusalOf(() => admit({ forMs: 1 }))).toBeUndefined();
    expect(refusalOf(() => admit({ queues: [] }))).toBeUndefined();
  });

  it('where one of the versions that may answer it has room', () => {
    const { arrivals, admit, enter, queue } = createRig({ limit: 5 });
    const canary = { ...queue };
    enter(5);
    expect(refusalOf(() => admit())).toMatchObject({ code: 'GLIMPSE_QUEUE_FULL' });
    expect(refusalOf(() => admit({ queues: [queue, canary] }))).toBeUndefined();
    expect([arrivals.drainMs(queue), arrivals.drainMs(canary)]).toEqual([50, 10]);
  });

  it('by what waits to be read, where that takes longer than the model', () => {
    const { admit } = createRig({ readingMs: 900 });
    expect(refusalOf(() => admit({ forMs: 1000 }))).toEqual({
      code: 'GLIMPSE_WAIT_TOO_LONG',
      retryAfterMs: 100,
    });
  });
});

describe('a request that was let in', () => {
  it('is refused before its body is read when that has become too late', () => {
    const { admit, enter, pass } = createRig();
    enter(3);
    const arrival = admit({ forMs: 100 });
    // What comes after it does not make it later.
    for (let i = 0; i < 50; i += 1) enter(1);
    pass(50);
    expect(refusalOf(() => arrival.here(100))).toBeUndefined();
    pass(1);
    expect(refusalOf(() => arrival.here(100))).toMatchObject({ code: 'GLIMPSE_WAIT_TOO_LONG' });
  });

  it('keeps its place while others are let in beside it', () => {
    const { admit, enter } = createRig({ limit: 10 });
    const arrival = admit();
    enter(9);
    enter(5, { flow: bob });
    expect(refusalOf(() => arrival.here(100))).toBeUndefined();
  });

  it('is refused when it turns out to hold more than there is room for', () => {
    const { admit, enter } = createRig({ limit: 10 });
    enter(6);
    const arrival = admit();
    arrival.here(500);
    expect(refusalOf(() => arrival.read(5))).toMatchObject({ code: 'GLIMPSE_QUEUE_FULL' });
  });

  it('is refused while it comes in, where it announced no length', () => {
    const { admit, enter } = createRig({ limit: 10 });
    enter(6);
    const arrival = admit();
    expect(refusalOf(() => arrival.grow(450))).toBeUndefined();
    expect(refusalOf(() => arrival.grow(550))).toMatchObject({ code: 'GLIMPSE_QUEUE_FULL' });
  });

  it('holds no place for a body that does not come', () => {
    const { admit, enter, pass } = createRig({ limit: 10 });
    enter(1);
    const slow = admit({ bytes: 900 });
    expect(refusalOf(() => admit())).toMatchObject({ code: 'GLIMPSE_QUEUE_FULL' });
    pass(600);
    enter(9);
    expect(refusalOf(() => slow.here(900))).toMatchObject({ code: 'GLIMPSE_QUEUE_FULL' });
  });

  it('leaves its place however it ends, and only once', () => {
    const { arrivals, queue, enter } = createRig();
    const one = enter(5);
    const other = enter(3);
    one.close();
    one.close();
    expect(arrivals.drainMs(queue)).toBe(30);
    other.close();
    expect(arrivals.drainMs(queue)).toBe(0);
  });
});

describe('callers', () => {
  it('who have nothing there wait for their turn only, and not for everything of somebody else', () => {
    const { admit, enter } = createRig();
    for (let i = 0; i < 2; i += 1) enter(40);
    expect(refusalOf(() => admit({ forMs: 500 }))).toMatchObject({ code: 'GLIMPSE_WAIT_TOO_LONG' });
    expect(refusalOf(() => admit({ forMs: 500, flow: bob }))).toBeUndefined();
  });

  it('find room for an even share of a queue that somebody else has filled', () => {
    const { admit, enter } = createRig({ limit: 10 });
    enter(10);
    expect(refusalOf(() => admit())).toMatchObject({ code: 'GLIMPSE_QUEUE_FULL' });
    for (let i = 0; i < 5; i += 1) expect(refusalOf(() => admit({ flow: bob }))).toBeUndefined();
    expect(refusalOf(() => admit({ flow: bob }))).toMatchObject({ code: 'GLIMPSE_QUEUE_FULL' });
  });
});

describe('bulk', () => {
  const bulk = bulkOf(ann);

  it('has half of the queue, and what comes online finds the rest', () => {
    const { admit, enter, refusals } = createRig({ limit: 20 });
    enter(10, { flow: bulk });
    expect(refusalOf(() => admit({ flow: bulk }))).toMatchObject({ code: 'GLIMPSE_QUEUE_FULL' });
    for (let i = 0; i < 10; i += 1) expect(refusalOf(() => admit())).toBeUndefined();
    expect(refusals).toEqual([{ model: 'digits', reason: 'full', priority: 'bulk' }]);
  });

  it('is told to come back when what is online is answered and its half has room', () => {
    const { admit, enter } = createRig({ limit: 20 });
    enter(10, { flow: bulk });
    enter(6, { flow: bob });
    expect(refusalOf(() => admit({ flow: bulk }))).toMatchObject({ retryAfterMs: 70 });
  });

  it('waits for everything online, which does not wait for it', () => {
    const { admit, enter } = createRig();
    enter(20, { flow: bob });
    enter(20, { flow: bulk });
    expect(refusalOf(() => admit({ flow: bulk, forMs: 500 }))).toEqual({
      code: 'GLIMPSE_WAIT_TOO_LONG',
      retryAfterMs: 10,
    });
    expect(refusalOf(() => admit({ flow: bob, forMs: 270 }))).toBeUndefined();
  });
});

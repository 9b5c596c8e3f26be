import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RefusalPace } from '../../src/admission/refusal-pace.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Asks for so many refusals; how many of them were sent so far. */
function askFor(pace: RefusalPace, count: number): () => number {
  let sent = 0;
  for (let index = 0; index < count; index += 1) {
    const wait = pace.take();
    if (wait) void wait.then(() => (sent += 1));
    else sent += 1;
  }
  return () => sent;
}

it('refusals are sent at once while they are few', async () => {
  const pace = new RefusalPace();
  for (let round = 0; round < 3; round += 1) {
    expect(askFor(pace, 10)()).toBe(10);
    await vi.advanceTimersByTimeAsync(10);
  }
});

it('of many a tenth is sent each hundredth of a second, and no fewer than ten', async () => {
  const sent = askFor(new RefusalPace(), 210);
  const counts = [sent()];
  for (let round = 0; round < 3; round += 1) {
    await vi.advanceTimersByTimeAsync(10);
    counts.push(sent());
  }
  expect(counts).toEqual([10, 30, 48, 65]);
  await vi.advanceTimersByTimeAsync(200);
  expect(sent()).toBe(210);
});

it('no timer is left when nothing is refused any more', async () => {
  const pace = new RefusalPace();
  askFor(pace, 25);
  expect(vi.getTimerCount()).toBe(1);
  await vi.advanceTimersByTimeAsync(60);
  expect(vi.getTimerCount()).toBe(0);
  expect(askFor(pace, 1)()).toBe(1);
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createKeptMemory } from '../../src/admission/kept-memory.ts';
import { errors, isGlimpseError } from '../../src/errors.ts';
import type { Flow } from '../../src/fair-queue.ts';

const flow = (id: string): Flow => ({ id, weight: 1 });
const [a, b] = [flow('a'), flow('b')];

const create = () =>
  createKeptMemory({
    size: () => 1_000,
    tooCostly: (needed, most) => new errors.GLIMPSE_REQUEST_TOO_COSTLY(needed, most),
    full: (error) => error,
  });

type Memory = ReturnType<typeof create>;

/** A request of a flow that keeps so many bytes for so long. */
function serve(memory: Memory, of: Flow, bytes: number, ms: number): void {
  void memory.take(of, bytes, Infinity);
  vi.advanceTimersByTime(ms);
  memory.change(of, -bytes);
}

/** When a request that may not wait, or one that grows, is told to come back. */
function comeBackAfter(ask: () => unknown): unknown {
  try {
    ask();
  } catch (error) {
    return isGlimpseError(error) && error.details?.['retryAfterMs'];
  }
  return 'had it';
}

const now = (): number => performance.now();

beforeEach(() => vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] }));
afterEach(() => vi.useRealTimers());

describe('who finds no memory is told to come back', () => {
  it('after the time in which what it lacks comes free, of a server that has just become busy too', () => {
    const memory = create();
    for (let index = 0; index < 5; index += 1) serve(memory, a, 500, 50);
    void memory.take(a, 700, Infinity);
    // 10 bytes a millisecond; of 700 so many come free that 3 times the rest is as much as it has.
    const missing = (700 + 200 - 3 * (300 - 200)) / 4;
    const told = comeBackAfter(() => memory.change(a, 200));
    expect(told).toBe(Math.ceil(missing / 10));
    memory.change(a, -missing);
    expect(comeBackAfter(() => memory.change(a, 200))).toBe('had it');
  });

  it('as soon after hours in which nobody asked', () => {
    const memory = create();
    for (let index = 0; index < 5; index += 1) serve(memory, a, 500, 50);
    vi.advanceTimersByTime(3_600_000);
    void memory.take(a, 700, Infinity);
    expect(comeBackAfter(() => memory.change(a, 200))).toBe(15);
  });

  it('later by what waits already, where it would be answered too late if it waited', () => {
    const memory = create();
    for (let index = 0; index < 5; index += 1) serve(memory, a, 500, 50);
    void memory.take(a, 700, Infinity);
    const alone = Number(comeBackAfter(() => memory.take(a, 400, now())));
    expect(comeBackAfter(() => memory.take(a, 400, now() + 10))).toBe(alone - 10);
    void memory.take(b, 300, Infinity);
    expect(memory.waiting).toBe(1);
    expect(comeBackAfter(() => memory.take(a, 400, now()))).toBe(alone + 30);
    memory.change(a, -700);
    expect(memory.waiting).toBe(0);
  });

  it('after a second while nothing is known, and a minute at most', () => {
    const memory = create();
    void memory.take(a, 700, Infinity);
    expect(comeBackAfter(() => memory.change(a, 200))).toBe(1_000);
    memory.change(a, -1);
    vi.advanceTimersByTime(600_000);
    expect(comeBackAfter(() => memory.change(a, 200))).toBe(60_000);
  });
});

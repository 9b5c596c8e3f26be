import { describe, expect, it } from 'vitest';
import { RestartDelay } from '../../src/processes/restart-delay.ts';

describe('how long a process that died is not started again', () => {
  it('is no time at first, and doubles with every death soon after a start, up to half a minute', () => {
    const delays = new RestartDelay();
    const waits = Array.from({ length: 10 }, () => delays.next(100));
    expect(waits).toEqual([0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('begins anew after a life of a minute', () => {
    const delays = new RestartDelay();
    expect([delays.next(1), delays.next(1), delays.next(60_000), delays.next(1)]).toEqual([
      0, 500, 0, 500,
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { measureBurst } from '../../bench/burst-run.ts';

const plan = {
  architecture: 'dense',
  epochs: 15,
  scenesOfClass: 4,
  frames: 10,
  unseenOfClass: 100,
} as const;

describe('the figure of a net that learnt from a burst of 12 scenes', () => {
  it('is far too good where frames of one scene are parted', async () => {
    const { reported, unseen, interval } = await measureBurst(1, plan, false);
    expect(reported - unseen).toBeGreaterThan(0.3);
    expect(unseen).toBeLessThan(interval[0]);
  });

  it('says how little is known where what shows the same stays together', async () => {
    for (const seed of [1, 2]) {
      const { unseen, interval } = await measureBurst(seed, plan, true);
      expect(unseen).toBeGreaterThan(interval[0]);
      expect(unseen).toBeLessThan(interval[1]);
    }
  });
});

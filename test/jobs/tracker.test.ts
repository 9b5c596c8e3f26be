import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { newRecord } from '../../src/jobs/record.ts';
import { createJobStore } from '../../src/jobs/store.ts';
import { openJobTracker } from '../../src/jobs/tracker.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { farRequest } from './job-bench.ts';

const request = { model: 'bars', version: 1, dataset: farRequest.dataset, maxBadRows: 0 };

const idOf = (digit: string): string => digit.repeat(16);

/** A tracker with jobs of these digits, oldest first, and a way to end them. */
async function trackerOf(digits: string, keep: number) {
  const store = createJobStore({ folder: join(await temporaryFolder(), 'jobs') });
  const tracker = await openJobTracker({ store, keep, onEvent: () => {}, onProblem: () => {} });
  onTestFinished(() => tracker.close());
  for (const [second, digit] of digits.split('').entries()) {
    const record = newRecord('evaluate', { request, notes: [] }, new Date(second * 1000));
    await tracker.add({ record: { ...record, id: idOf(digit) }, uploads: [] });
  }
  return {
    tracker,
    end: (digit: string, second: number) =>
      tracker.update(idOf(digit), {
        state: 'succeeded',
        endedAt: new Date(second * 1000).toISOString(),
      }),
    remembered: () =>
      tracker
        .all()
        .map(({ record }) => record.id[0])
        .join(''),
  };
}

describe('the jobs that are remembered', () => {
  it('are those that ended last, whenever they were created', async () => {
    const { end, remembered } = await trackerOf('abcd', 2);
    await end('c', 11);
    await end('b', 12);
    expect(remembered()).toBe('abcd');
    await end('a', 13);
    expect(remembered(), 'd has not ended').toBe('abd');
    await end('d', 14);
    expect(remembered()).toBe('ad');
  });

  it('are of those that ended in one moment the ones that were created last', async () => {
    const { end, remembered } = await trackerOf('ba', 1);
    await end('a', 11);
    await end('b', 11);
    expect(remembered()).toBe('a');
  });

  it('are named in the refusal of another one, as far as a name may be long', async () => {
    const { tracker } = await trackerOf('a', 1);
    expect(() => tracker.get('x'.repeat(100))).toThrow(
      expect.objectContaining({
        code: 'GLIMPSE_JOB_NOT_FOUND',
        message: expect.stringMatching(/(?<!x)x{64}(?!x)/) as string,
      }),
    );
  });
});

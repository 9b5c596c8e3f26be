import { describe, expect, it } from 'vitest';
import { createLane } from '../../src/registry/lane.ts';
import { createGate } from '../support/puppet-runtime.ts';
import { outcome, turn } from '../support/puppet-run.ts';

describe('a lane', () => {
  it('runs as many tasks at once as it is wide, the others in order of arrival', async () => {
    const lane = createLane(2);
    const gates = Array.from({ length: 5 }, createGate);
    const started: number[] = [];
    const tasks = gates.map(({ promise }, index) =>
      lane(async () => {
        started.push(index);
        await promise;
        return index;
      }),
    );
    await turn();
    expect(started).toEqual([0, 1]);
    gates[1]!.open();
    await turn();
    expect(started).toEqual([0, 1, 2]);
    for (const { open } of gates) open();
    expect(await Promise.all(tasks)).toEqual([0, 1, 2, 3, 4]);
    expect(started).toEqual([0, 1, 2, 3, 4]);
  });

  it('goes on after a task that failed', async () => {
    const lane = createLane(1);
    const failing = outcome(lane(() => Promise.reject(new Error('no'))));
    const next = lane(() => Promise.resolve('yes'));
    expect(await failing).toEqual({ code: 'Error: no' });
    expect(await next).toBe('yes');
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLimitsInTurn } from '../../src/runtime/model-host.ts';
import { outcome } from '../support/puppet-run.ts';
import { createGate } from '../support/puppet-runtime.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const late = () => new Error('late');
const hundred = () => 100;
const fall = (): Promise<never> => Promise.reject(new Error('killed'));

describe('limits in turn', () => {
  it('count from the end of what is before, however long that took', async () => {
    const withinInTurn = createLimitsInTurn();
    const [first, second] = [createGate(), createGate()];
    const one = withinInTurn(first.promise, hundred, late);
    const two = outcome(withinInTurn(second.promise, hundred, late));
    await vi.advanceTimersByTimeAsync(90);
    first.open();
    await one;
    await vi.advanceTimersByTimeAsync(90);
    second.open();
    expect(await two).toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('end a piece of work that overruns its own time', async () => {
    const withinInTurn = createLimitsInTurn();
    const [first, second] = [createGate(), createGate()];
    const one = withinInTurn(first.promise, hundred, late);
    const two = outcome(withinInTurn(second.promise, hundred, late));
    await vi.advanceTimersByTimeAsync(50);
    first.open();
    await one;
    await vi.advanceTimersByTimeAsync(100);
    expect(await two).toEqual({ code: 'Error: late' });
  });

  it('go on after a failure, and ask for each limit when its turn has come', async () => {
    const withinInTurn = createLimitsInTurn();
    let limitMs = 100;
    const stuck = createGate();
    const one = outcome(withinInTurn(stuck.promise, () => limitMs, late));
    const two = outcome(withinInTurn(stuck.promise, () => limitMs, late));
    limitMs = 0;
    await vi.advanceTimersByTimeAsync(100);
    expect(await one).toEqual({ code: 'Error: late' });
    await vi.advanceTimersByTimeAsync(1);
    expect(await two).toEqual({ code: 'Error: late' });
    const fell = outcome(withinInTurn(Promise.reject(new Error('fell')), hundred, late));
    const next = outcome(withinInTurn(Promise.resolve(1), hundred, late));
    expect([await fell, await next]).toEqual([{ code: 'Error: fell' }, 1]);
  });

  it('leave no rejection to nobody when all behind the first fall with it', async () => {
    const withinInTurn = createLimitsInTurn();
    const ends = [1, 2, 3].map(() => outcome(withinInTurn(fall(), hundred, late)));
    const killed = { code: 'Error: killed' };
    expect(await Promise.all(ends)).toEqual([killed, killed, killed]);
  });
});

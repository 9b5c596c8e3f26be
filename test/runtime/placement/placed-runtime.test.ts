import { afterEach, describe, expect, it, vi } from 'vitest';
import type { HostedRuntime } from '../../../src/runtime/hosted-runtime.ts';
import { createPlacedRuntime } from '../../../src/runtime/placement/placed-runtime.ts';
import type { ModelRuntime, Placement } from '../../../src/runtime/runtime.ts';
import type { Tensor } from '../../../src/tensor.ts';
import { createGate } from '../../support/puppet-runtime.ts';

const placement: Placement = {
  batchSize: 4,
  inlineUpTo: 2,
  maxInFlight: 2,
  msPerImage: 1,
  measurement: { openMs: 1, curve: [{ size: 1, ms: 1 }] },
  isKept: true,
};

/** Answers each number with its tenfold, and remembers how many came at a time. */
function puppet(sizes: number[]) {
  const infer = async ({ shape, data }: Tensor): Promise<Tensor> => {
    sizes.push(shape[0]!);
    return { shape: [shape[0]!, 1], data: data.map((value) => value * 10) };
  };
  return { unhealthyReason: undefined, infer, close: vi.fn(async () => {}) };
}

function createRig(start: () => Promise<void>, changes: Partial<Placement> = {}) {
  const [here, there]: [number[], number[]] = [[], []];
  const inline: ModelRuntime & ReturnType<typeof puppet> = { place: 'inline', ...puppet(here) };
  const hosted = { place: 'worker', ...puppet(there) } as const;
  const starts = { count: 0 };
  const failures: string[] = [];
  const runtime = createPlacedRuntime({
    placement: { ...placement, ...changes },
    inline,
    hosted: undefined,
    startHosted: async () => {
      starts.count += 1;
      await start();
      return hosted as unknown as HostedRuntime;
    },
    onFailure: (reason) => failures.push(reason),
  });
  const infer = async (count: number, isBusy?: boolean): Promise<void> => {
    const data = Float32Array.from({ length: count }, (_, index) => index);
    const result = await runtime.infer({ shape: [count, 1], data }, isBusy);
    const expected = Array.from({ length: count }, (_, index) => index * 10);
    expect(result).toEqual({ shape: [count, 1], data: Float32Array.from(expected) });
  };
  return { runtime, infer, inline, hosted, here, there, starts, failures };
}

const nobodyNeedsIt = () => Promise.reject(new Error('nobody needs it'));

afterEach(() => {
  vi.useRealTimers();
});

describe('a model with batches in two places', () => {
  it('answers large ones in small pieces while its thread is being started, and by the thread then', async () => {
    const started = createGate();
    const { infer, runtime, here, there, starts } = createRig(() => started.promise);
    for (const count of [1, 2]) await infer(count);
    expect(starts.count).toBe(0);
    for (const count of [3, 5]) await infer(count);
    expect([here, there, starts.count]).toEqual([[1, 2, 2, 1, 2, 2, 1], [], 1]);
    started.open();
    await vi.waitFor(async () => {
      await infer(3);
      expect(there).not.toEqual([]);
    });
    there.length = 0;
    for (const count of [2, 4, 9]) await infer(count);
    expect([here.at(-1), there]).toEqual([2, [4, 4, 4, 1]]);
    expect(starts.count).toBe(1);
    await runtime.close();
  });

  it('leaves the calling thread to others while there are any', async () => {
    const { infer, runtime, here, there, starts } = createRig(() => Promise.resolve());
    for (const isBusy of [false, true]) await infer(1, isBusy);
    expect([here, starts.count]).toEqual([[1, 1], 1]);
    await vi.waitFor(async () => {
      await infer(1, true);
      expect(there).not.toEqual([]);
    });
    await infer(2, false);
    expect(here.at(-1)).toBe(2);
    await runtime.close();
  });

  it('tells why its thread could not be started, answers all the same, and tries again after ten seconds', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const { infer, runtime, here, starts, failures } = createRig(() =>
      Promise.reject(new Error('no memory')),
    );
    for (const count of [4, 4]) await infer(count);
    expect([here, failures, starts.count]).toEqual([[2, 2, 2, 2], ['no memory'], 1]);
    vi.advanceTimersByTime(9_999);
    await infer(4);
    expect(starts.count).toBe(1);
    vi.advanceTimersByTime(1);
    await infer(4);
    expect(starts.count).toBe(2);
    await runtime.close();
  });

  it('closes a thread that is started meanwhile', async () => {
    const started = createGate();
    const { infer, runtime, inline, hosted, failures } = createRig(() => started.promise);
    await infer(3);
    const closed = runtime.close();
    started.open();
    await closed;
    expect(hosted.close).toHaveBeenCalledOnce();
    expect(inline.close).toHaveBeenCalledOnce();
    expect(failures).toEqual([]);
  });

  it('divides what is larger than its batches where all of them run on the calling thread', async () => {
    const { infer, runtime, here, starts } = createRig(nobodyNeedsIt, {
      inlineUpTo: 4,
      maxInFlight: 1,
    });
    expect(runtime.place).toBe('inline');
    for (const count of [4, 6]) await infer(count, true);
    expect([here, starts.count]).toEqual([[4, 4, 2], 0]);
    await runtime.close();
  });
});

import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ModelHost } from '../../src/runtime/model-host.ts';
import { startModelThread } from '../../src/runtime/model-thread.ts';
import {
  openHostedRuntime,
  restartDelayMs,
  type HostedRuntime,
} from '../../src/runtime/hosted-runtime.ts';
import { stack, type Tensor } from '../../src/tensor.ts';
import { programOf } from '../support/programs.ts';
import { outcome } from '../support/puppet-run.ts';
import { temporaryFolder, writeInto } from '../support/temporary-folder.ts';
import { tinyModel, tinySignature } from '../support/tiny-onnx.ts';

let file: string;
beforeAll(async () => {
  file = await writeInto(await temporaryFolder(), 'tiny.onnx', tinyModel());
});

const batchOf = (...pixels: number[]): Tensor => stack([Float32Array.from(pixels)], [1, 2, 2]);
const good = () => batchOf(0, 0, 0, 0);
const deadly = () => batchOf(666, 0, 0, 0);

/** The real thread with a deadly pixel, and a count of its lives. */
async function openDying(): Promise<{ runtime: HostedRuntime; restarts: string[] }> {
  const entry = programOf('dying-worker');
  const engine = { runtime: 'onnx', file, signature: tinySignature, threads: 1 } as const;
  const restarts: string[] = [];
  const runtime = await openHostedRuntime({
    batchMs: 60_000,
    start: () =>
      startModelThread({ engine, limits: { openMs: 60_000 }, onAbandon: () => {} }, entry),
    onRestart: (reason) => restarts.push(reason),
    onQuarantine: () => {},
  });
  return { runtime, restarts };
}

describe('a model thread that dies', () => {
  it('fails the batch it had with GLIMPSE_RUNTIME_FAILED; the next batch gets a new thread', async () => {
    const { runtime, restarts } = await openDying();
    expect(await outcome(runtime.infer(deadly()))).toEqual({ code: 'GLIMPSE_RUNTIME_FAILED' });
    expect(restarts).toEqual(['the beast']);
    expect(runtime.unhealthyReason).toBeUndefined();
    const { data } = await runtime.infer(good());
    expect([...data]).toEqual([1, 0, -1]);
    await runtime.close();
  });

  it('may also exit: the reason says so', async () => {
    const { runtime, restarts } = await openDying();
    await expect(runtime.infer(batchOf(999, 0, 0, 0))).rejects.toThrow('exit code 3');
    expect(restarts).toEqual(['exit code 3']);
    await runtime.close();
  });

  it('is unhealthy after four deaths in a row, refuses at once, and recovers by itself', async () => {
    const { runtime } = await openDying();
    for (let death = 1; death <= 4; death += 1) await outcome(runtime.infer(deadly()));
    expect(runtime.unhealthyReason).toContain('4 times in a row: the beast');
    expect(await outcome(runtime.infer(good()))).toEqual({ code: 'GLIMPSE_RUNTIME_FAILED' });
    await vi.waitUntil(() => runtime.unhealthyReason === undefined, { timeout: 60_000 });
    expect((await runtime.infer(good())).data).toHaveLength(3);
    await runtime.close();
  });

  it('closes while it is unhealthy, and leaves nothing that would start again', async () => {
    const { runtime } = await openDying();
    for (let death = 1; death <= 4; death += 1) await outcome(runtime.infer(deadly()));
    await runtime.close();
    expect(await outcome(runtime.infer(good()))).toEqual({ code: 'GLIMPSE_RUNTIME_FAILED' });
  });
});

describe('the spacing of restarts', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('repairs three deaths at once, then doubles, and sets the model aside for minutes after eight', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8, 50].map(restartDelayMs)).toEqual([
      0, 0, 0, 1000, 2000, 4000, 8000, 300_000, 300_000,
    ]);
  });

  it('goes on trying when a new thread cannot be started, and is well again when one can', async () => {
    vi.useFakeTimers();
    const noMemory = Array.from({ length: 7 }, () => new Error('no memory'));
    const lives = [puppetThread(), ...noMemory, puppetThread()];
    let starts = 0;
    const quarantines: string[] = [];
    const runtime = await openHostedRuntime({
      batchMs: 60_000,
      onQuarantine: (reason) => quarantines.push(reason),
      start: () => {
        const life = lives[starts]!;
        starts += 1;
        return life instanceof Error ? Promise.reject(life) : Promise.resolve(life.thread);
      },
      onRestart: () => {},
    });
    const [first] = lives;
    if (first && !(first instanceof Error)) first.die('killed');
    await vi.advanceTimersByTimeAsync(0);
    expect(starts).toBe(4);
    expect(runtime.unhealthyReason).toContain('4 times in a row: no memory');
    await vi.advanceTimersByTimeAsync(1000);
    expect(starts).toBe(5);
    await vi.advanceTimersByTimeAsync(2000 + 4000 + 8000);
    expect(starts).toBe(8);
    expect(runtime.unhealthyReason).toContain('8 times in a row and it is set aside for 5 minutes');
    expect(quarantines).toEqual(['no memory']);
    await vi.advanceTimersByTimeAsync(300_000);
    expect(starts).toBe(9);
    expect(runtime.unhealthyReason).toBeUndefined();
    expect((await runtime.infer(good())).shape).toEqual([1, 3]);
    await runtime.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

function puppetThread(): { thread: ModelHost; die(reason: string): void } {
  const life = new EventTarget();
  const death = new Promise<string>((resolve) => {
    life.addEventListener('end', (event) =>
      resolve(event instanceof CustomEvent ? String(event.detail) : ''),
    );
  });
  const outputs = { shape: [1, 3], data: new Float32Array(3) };
  const thread: ModelHost = {
    place: 'worker',
    unhealthyReason: undefined,
    openMs: 1,
    death,
    infer: () => Promise.resolve({ outputs, tookMs: 1 }),
    residentBytes: () => Promise.resolve(undefined),
    close: () => Promise.resolve(),
  };
  return { thread, die: (detail) => void life.dispatchEvent(new CustomEvent('end', { detail })) };
}

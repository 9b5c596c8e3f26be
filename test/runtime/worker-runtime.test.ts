import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startModelThread, type ModelThread } from '../../src/runtime/model-thread.ts';
import {
  openWorkerRuntime,
  restartDelayMs,
  type WorkerRuntime,
} from '../../src/runtime/worker-runtime.ts';
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
async function openDying(): Promise<{ runtime: WorkerRuntime; restarts: string[] }> {
  const entry = programOf('dying-worker');
  const restarts: string[] = [];
  const runtime = await openWorkerRuntime({
    start: () =>
      startModelThread({ runtime: 'onnx', file, signature: tinySignature, threads: 1 }, entry),
    onRestart: (reason) => restarts.push(reason),
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

  it('is unhealthy after two deaths in a row, refuses at once, and recovers by itself', async () => {
    const { runtime } = await openDying();
    await outcome(runtime.infer(deadly()));
    await outcome(runtime.infer(deadly()));
    expect(runtime.unhealthyReason).toContain('2 times in a row: the beast');
    expect(await outcome(runtime.infer(good()))).toEqual({ code: 'GLIMPSE_RUNTIME_FAILED' });
    await vi.waitUntil(() => runtime.unhealthyReason === undefined, { timeout: 60_000 });
    expect((await runtime.infer(good())).data).toHaveLength(3);
    await runtime.close();
  });

  it('closes while it is unhealthy, and leaves nothing that would start again', async () => {
    const { runtime } = await openDying();
    await outcome(runtime.infer(deadly()));
    await outcome(runtime.infer(deadly()));
    await runtime.close();
    expect(await outcome(runtime.infer(good()))).toEqual({ code: 'GLIMPSE_RUNTIME_FAILED' });
  });
});

describe('the spacing of restarts', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('repairs one death at once, then doubles up to half a minute', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 50].map(restartDelayMs)).toEqual([
      0, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000,
    ]);
  });

  it('goes on trying when a new thread cannot be started, and is well again when one can', async () => {
    vi.useFakeTimers();
    const lives = [puppetThread(), new Error('no memory'), new Error('no memory'), puppetThread()];
    let starts = 0;
    const runtime = await openWorkerRuntime({
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
    expect(starts).toBe(2);
    expect(runtime.unhealthyReason).toContain('no memory');
    await vi.advanceTimersByTimeAsync(1000);
    expect(starts).toBe(3);
    await vi.advanceTimersByTimeAsync(2000);
    expect(starts).toBe(4);
    expect(runtime.unhealthyReason).toBeUndefined();
    expect((await runtime.infer(good())).shape).toEqual([1, 3]);
    await runtime.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

function puppetThread(): { thread: ModelThread; die(reason: string): void } {
  const life = new EventTarget();
  const death = new Promise<string>((resolve) => {
    life.addEventListener('end', (event) =>
      resolve(event instanceof CustomEvent ? String(event.detail) : ''),
    );
  });
  const outputs = { shape: [1, 3], data: new Float32Array(3) };
  const thread: ModelThread = {
    openMs: 1,
    death,
    infer: () => Promise.resolve({ outputs, tookMs: 1 }),
    close: () => Promise.resolve(),
  };
  return { thread, die: (detail) => void life.dispatchEvent(new CustomEvent('end', { detail })) };
}

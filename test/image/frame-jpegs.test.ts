import { strict as assert } from 'node:assert';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openAssembly } from '../../src/image/assembly/open-assembly.ts';
import { createJpegFraming } from '../../src/image/lone/frame-jpegs.ts';
import type { FrameTask } from '../../src/image/frame-worker.ts';
import { frameJpeg, readOrdinaryHead } from '../../src/image/framing/frame-jpeg.ts';
import { createLoneWork } from '../../src/image/lone/lone-work.ts';
import { pixelLoops } from '../../src/image/resampling/simd-filter.ts';
import { plainContract } from '../../src/preprocessing/presets.ts';
import { noise, quadrants } from './images.ts';

const assembly = openAssembly()!;
const work = { assembly, loops: pixelLoops(assembly) };
const contract = plainContract({ width: 20, height: 20, channels: 3 });

/** Threads that work here, and how often they were asked. */
function countingThreads() {
  const threads = {
    asked: 0,
    async run({ image }: FrameTask) {
      threads.asked += 1;
      await setImmediate();
      assert(image instanceof Uint8Array);
      return frameJpeg(work.assembly, work.loops, image, contract);
    },
  };
  return threads;
}

const small = await quadrants(64).jpeg().toBuffer();
const head = readOrdinaryHead(small, contract)!;

describe('bringing JPEGs into their frame', () => {
  it('is done here for one that comes alone, and by threads for several at once', async () => {
    const threads = countingThreads();
    const frame = createJpegFraming(threads, () => work, createLoneWork());
    const alone = await frame(small, head, contract, undefined);
    expect(await frame(small, head, contract, undefined)).toEqual(alone);
    expect(threads.asked).toBe(0);
    const several = [small, small, small].map((file) => frame(file, head, contract, undefined));
    expect(await Promise.all(several)).toEqual([alone, alone, alone]);
    expect(threads.asked).toBe(3);
  });

  it('is done by a thread for what others would wait for, and where there are no vectors', async () => {
    const threads = countingThreads();
    const frame = createJpegFraming(threads, () => work, createLoneWork());
    const long = await (await noise(420, 420)).jpeg({ quality: 100 }).toBuffer();
    const longHead = readOrdinaryHead(long, contract)!;
    expect(await frame(long, longHead, contract, undefined)).toBeDefined();
    const wide = { ...head, head: { ...head.head, width: 64_000 } };
    expect(await frame(small, wide, contract, undefined)).toBeDefined();
    expect(threads.asked).toBe(2);
    const without = createJpegFraming(threads, () => undefined, createLoneWork());
    expect(await without(small, head, contract, undefined)).toBeDefined();
    expect(threads.asked).toBe(3);
  });

  it('is known of one that is not beyond doubt, alone or not', async () => {
    const frame = createJpegFraming(countingThreads(), () => work, createLoneWork());
    const cut = small.subarray(0, -40);
    const asked = [frame(cut, head, contract, undefined), frame(cut, head, contract, undefined)];
    expect(await Promise.all(asked)).toEqual([undefined, undefined]);
    expect(await frame(cut, head, contract, undefined)).toBeUndefined();
  });
});

import { setImmediate } from 'node:timers/promises';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { openAssembly } from '../../src/image/assembly/open-assembly.ts';
import type { InkTask } from '../../src/image/canonicalise-worker.ts';
import { createDigitFinding } from '../../src/image/lone/find-digits.ts';
import { createJpegFraming } from '../../src/image/lone/frame-jpegs.ts';
import { readOrdinaryHead } from '../../src/image/framing/frame-jpeg.ts';
import { canonicalise } from '../../src/image/handwriting/canonicalise.ts';
import { digitInJpeg } from '../../src/image/handwriting/digit-in-jpeg.ts';
import { simdLoops } from '../../src/image/handwriting/simd-loops.ts';
import { readJpegHead } from '../../src/image/jpeg/scan-head.ts';
import { createLoneWork } from '../../src/image/lone/lone-work.ts';
import { pixelLoops } from '../../src/image/resampling/simd-filter.ts';
import { plainContract } from '../../src/preprocessing/presets.ts';
import { inMnistFrame, noise } from './images.ts';

const assembly = openAssembly()!;
const work = { assembly, loops: pixelLoops(assembly), planes: simdLoops(assembly) };

/** A thread that works here, and how often it was asked. */
function countingThread() {
  const thread = {
    asked: 0,
    async run(task: InkTask) {
      thread.asked += 1;
      await setImmediate();
      return 'jpeg' in task
        ? digitInJpeg(work.assembly, work.planes, task.jpeg, task.page)
        : canonicalise(task.image, work.planes, task.page);
    },
  };
  return thread;
}

const drawn = sharp(inMnistFrame(), { raw: { width: 28, height: 28, channels: 1 } })
  .resize(120, 120)
  .toColourspace('b-w');
const file = await drawn.clone().jpeg().toBuffer();
const size = { width: 120, height: 120, channels: 1 } as const;
const head = readJpegHead(file)!;
const page = { ...size, data: await drawn.clone().raw().toBuffer() };

const broken = () => Promise.reject(new Error('gone'));

describe('finding a digit', () => {
  it('is done here where it comes alone, and by threads for several at once', async () => {
    const thread = countingThread();
    const digits = createDigitFinding(thread, () => work, createLoneWork());
    const alone = await digits.inJpeg(file, head, 'find', undefined);
    expect(Math.max(...alone!.pixels)).toBe(255);
    expect(await digits.in(page, 'border', undefined)).toMatchObject({ isUntouched: false });
    expect(thread.asked).toBe(0);
    const several = [1, 2, 3].map(() => digits.inJpeg(file, head, 'find', undefined));
    expect(await Promise.all(several)).toEqual([alone, alone, alone]);
    expect(thread.asked).toBe(3);
  });

  it('is not alone beside a JPEG that is brought into a frame', async () => {
    const thread = countingThread();
    const alone = createLoneWork();
    const digits = createDigitFinding(thread, () => work, alone);
    const contract = plainContract({ width: 20, height: 20, channels: 1 });
    const framing = createJpegFraming({ run: async () => undefined }, () => work, alone);
    await Promise.all([
      digits.inJpeg(file, head, 'find', undefined),
      framing(file, readOrdinaryHead(file, contract)!, contract, undefined),
    ]);
    expect(thread.asked).toBe(1);
  });

  it('is done by a thread for what others would wait for, and where there are no vectors', async () => {
    const thread = countingThread();
    const digits = createDigitFinding(thread, () => work, createLoneWork());
    const long = await (await noise(420, 420)).jpeg({ quality: 100 }).toBuffer();
    await digits.inJpeg(long, readJpegHead(long)!, 'border', undefined);
    const wide = {
      width: 1100,
      height: 1000,
      channels: 1,
      data: new Uint8Array(1_100_000),
    } as const;
    await digits.in(wide, 'find', undefined);
    expect(thread.asked).toBe(2);
    const without = createDigitFinding(thread, () => undefined, createLoneWork());
    expect(await without.inJpeg(file, head, 'find', undefined)).toBeDefined();
    expect(await without.in(page, 'find', undefined)).toBeDefined();
    expect(thread.asked).toBe(4);
  });

  it('fails for its caller alone where it fails, here or on a thread', async () => {
    const digits = createDigitFinding({ run: broken }, () => undefined, createLoneWork());
    await expect(digits.in(page, 'border', undefined)).rejects.toThrow('gone');
    const alone = createLoneWork();
    await expect(
      alone(() => {
        throw new Error('here');
      }, broken),
    ).rejects.toThrow('here');
    expect(await alone(() => 'alone again', broken)).toBe('alone again');
  });
});

import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { createCancellation } from '../../src/cancellation.ts';
import { errors } from '../../src/errors.ts';
import type { Lease } from '../../src/registry/loaded-version.ts';
import { plainContract } from '../../src/preprocessing/presets.ts';
import { occlusion, occlusionsOf } from '../../src/serving/occlusion.ts';

const side = 20;
const classes = ['left', 'other'];

/** A version that finds "left" by the share of one pixel that is lit, and what it was asked about. */
function versionOf(
  channels: 1 | 3,
  layout: 'NCHW' | 'NHWC',
  lit: (example: Float32Array) => number,
) {
  const asked: Float32Array[][] = [];
  const version = {
    manifest: {
      preprocessing: plainContract({ width: side, height: side, channels }),
      signature: {
        input: { name: 'x', dtype: 'float32', layout, shape: [channels, side, side] },
        output: { name: 'y', kind: 'probabilities' },
        classes,
      },
    },
    submit: (examples: Float32Array[]) => {
      asked.push(examples);
      const outputs = examples.map((each) => Float32Array.of(lit(each), 1 - lit(each)));
      return Promise.resolve({ outputs, queueMs: 0, inferMs: 0, batches: [] });
    },
  };
  return { version: version as unknown as Pick<Lease, 'manifest' | 'submit'>, asked };
}

async function mapOf(png: string): Promise<(x: number, y: number) => number[]> {
  const { data, info } = await sharp(Buffer.from(png, 'base64'))
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect([info.width, info.height, info.channels]).toEqual([side, side, 3]);
  return (x, y) => [...data.subarray(3 * (y * side + x), 3 * (y * side + x) + 3)];
}

const sum = (...values: number[]): number => values.reduce((total, value) => total + value, 0);

describe('what a prediction hangs on', () => {
  it.each([
    ['NCHW', (x: number, y: number, c: number) => (c * side + y) * side + x],
    ['NHWC', (x: number, y: number, c: number) => 3 * (y * side + x) + c],
  ] as const)('is red where covering it lets the score fall, in %s', async (layout, at) => {
    const seen = [0, 1, 2].map((channel) => at(5, 7, channel));
    const lit = (example: Float32Array) => sum(...seen.map((index) => example[index]!)) / 3;
    const { version, asked } = versionOf(3, layout, lit);
    const example = new Float32Array(3 * side * side);
    for (const index of seen) example[index] = 0.9;
    const prediction = { label: 'left', score: lit(example) };
    const cancellation = createCancellation();
    const found = await occlusion(example, prediction, version, { cancellation });
    cancellation.end();
    expect(asked.flat()).toHaveLength(occlusionsOf(version.manifest.preprocessing));
    expect(found.mostFall).toBeCloseTo(0.9, 5);
    expect(found.mostRise).toBe(0);
    const pixel = await mapOf(found.png);
    expect(pixel(5, 7)).toEqual([255, 0, 0]);
    expect(pixel(15, 7)).toEqual([255, 255, 255]);
    expect(pixel(5, 17)).toEqual([255, 255, 255]);
    // The example itself is as it was.
    expect(seen.map((index) => Math.fround(0.9) === example[index])).toEqual([true, true, true]);
  });

  it('is blue where covering it lets the score rise', async () => {
    const at = 12 * side + 3;
    const { version } = versionOf(1, 'NCHW', (example) => 1 - example[at]! / 2);
    const example = new Float32Array(side * side);
    example[at] = 1;
    const cancellation = createCancellation();
    const found = await occlusion(example, { label: 'left', score: 0.5 }, version, {
      cancellation,
    });
    cancellation.end();
    expect([found.mostFall, found.mostRise]).toEqual([0, 0.5]);
    const pixel = await mapOf(found.png);
    expect(pixel(3, 12)).toEqual([0, 0, 255]);
    expect(pixel(13, 12)).toEqual([255, 255, 255]);
  });

  it('is nothing where all is paper, of whatever level', async () => {
    const { version, asked } = versionOf(1, 'NCHW', (example) => example[0]!);
    const cancellation = createCancellation();
    const example = new Float32Array(side * side).fill(0.25);
    const found = await occlusion(example, { label: 'left', score: 0.25 }, version, {
      cancellation,
    });
    cancellation.end();
    expect(found).toMatchObject({ mostFall: 0, mostRise: 0 });
    expect((await mapOf(found.png))(0, 0)).toEqual([255, 255, 255]);
    for (const each of asked.flat()) expect(each).toEqual(example);
  });

  it('is asked for in small parts that are paid for, and no longer once the caller has left', async () => {
    const cancellation = createCancellation();
    const { version, asked } = versionOf(1, 'NCHW', () => 0.5);
    const kept: number[] = [];
    const account = { keepMore: (bytes: number) => kept.push(bytes) } as never;
    const example = new Float32Array(side * side);
    const prediction = { label: 'left', score: 0.5 };
    await occlusion(example, prediction, version, { cancellation, account });
    expect(asked.map((part) => part.length)).toEqual([20, 20, 20, 20, 20]);
    expect(kept).toEqual([2 * 20 * 4 * side * side + 6 * side * side]);
    cancellation.cancel(new errors.GLIMPSE_CLIENT_CLOSED());
    await expect(occlusion(example, prediction, version, { cancellation })).rejects.toMatchObject({
      code: 'GLIMPSE_CLIENT_CLOSED',
    });
    expect(asked).toHaveLength(5);
  });
});

import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { alphaRuleOf, withoutAlpha } from '../../src/image/alpha.ts';
import { createImagePreparer } from '../../src/image/prepare-image.ts';
import { completeContract } from '../../src/preprocessing/complete.ts';
import { plainContract } from '../../src/preprocessing/presets.ts';
import { inMnistFrame, limits } from './images.ts';

const digit = inMnistFrame();
const frame = { width: 28, height: 28 } as const;
/** The digit as the alpha channel over ink of one level. */
const inked = (level: number) => ({
  ...frame,
  channels: 2 as const,
  data: Uint8Array.from({ length: digit.length * 2 }, (_, at) =>
    at % 2 === 0 ? level : digit[at >> 1]!,
  ),
});

/** The digit as ink on paper, all of it opaque but a corner. */
const page = (paper: number) => {
  const data = new Uint8Array(28 * 28 * 2);
  for (let at = 0; at < 28 * 28; at += 1) {
    const isCorner = at % 28 < 4 && at < 28 * 4;
    data.set([Math.abs(paper - digit[at]!), isCorner ? 0 : 255], at * 2);
  }
  return { ...frame, channels: 2 as const, data };
};

describe('transparency', () => {
  const four = { width: 2, height: 1, channels: 4 as const };
  const data = Uint8Array.of(10, 20, 30, 0, 200, 100, 50, 128);

  it('is dropped with the colours that are under it', () => {
    expect(withoutAlpha({ ...four, data }, 'drop')).toEqual({
      ...four,
      channels: 3,
      data: Uint8Array.of(10, 20, 30, 200, 100, 50),
    });
  });

  it('is laid on a colour, rounded as Pillow pastes', () => {
    expect([...withoutAlpha({ ...four, data }, { flatten: [255, 0, 1] }).data]).toEqual([
      255, 0, 1, 227, 50, 26,
    ]);
    const grey = { width: 1, height: 1, channels: 2 as const, data: Uint8Array.of(100, 0) };
    expect([...withoutAlpha(grey, { flatten: [255, 0, 0] }).data]).toEqual([76]);
    expect([...withoutAlpha(grey, { flatten: [9] }).data]).toEqual([9]);
  });

  it('is of a colour in the order of the model, and pixels have theirs', () => {
    const contract = { ...plainContract({ ...frame, channels: 3 }), colourSpace: 'bgr' as const };
    expect(alphaRuleOf({ ...contract, alpha: { flatten: [1, 2, 3] } })).toEqual({
      flatten: [3, 2, 1],
    });
    expect(alphaRuleOf({ ...contract, alpha: 'drop' })).toBe('drop');
  });
});

describe('a digit that is drawn in the alpha channel', () => {
  it('is seen whatever the level of its ink', () => {
    const light = withoutAlpha(inked(255), 'ink').data;
    expect(Buffer.from(light)).toEqual(Buffer.from(digit));
    const dark = withoutAlpha(inked(0), 'ink').data;
    expect(Buffer.from(dark)).toEqual(Buffer.from(digit.map((value) => 255 - value)));
  });

  it('of a page goes on as its paper does where a corner is transparent', () => {
    expect(withoutAlpha(page(255), 'ink').data[0]).toBe(255);
    expect(withoutAlpha(page(0), 'ink').data[0]).toBe(0);
  });

  it('reaches the model as a digit under the contract for handwriting', async () => {
    const completed = completeContract(plainContract({ ...frame, channels: 1 }), {
      preset: 'handwriting',
    });
    if ('fault' in completed) throw new Error(completed.fault);
    const preparer = createImagePreparer({ limits, concurrency: 1, queueSize: 9, threads: 1 });
    afterAll(() => preparer.close());
    for (const level of [0, 255]) {
      const { data } = inked(level);
      const png = await sharp(data, { raw: { ...frame, channels: 2 } })
        .png()
        .toBuffer();
      const { pixels } = await preparer.examine(png, completed.contract);
      expect(Buffer.from(pixels)).toEqual(Buffer.from(digit));
    }
  });
});

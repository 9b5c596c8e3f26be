import { describe, expect, it } from 'vitest';
import { encodePng } from '../../src/image/encode-png.ts';
import { findByLabels } from '../../src/publishing/adopting/find-by-labels.ts';
import { openPicture } from '../../src/publishing/parity/picture.ts';

const size = { width: 4, height: 4, channels: 3 } as const;
const limits = { maxBytes: 1e6, maxPixels: 1e6, maxFrames: 1 };

/** Flat images in these colours; each is of the class of its place. */
async function flat(...colours: readonly (readonly [number, number, number])[]) {
  return await Promise.all(
    colours.map(async (colour, place) => {
      const data = Uint8Array.from({ length: 48 }, (_, at) => colour[at % 3]!);
      return { picture: await openPicture(await encodePng(data, size), limits), place };
    }),
  );
}

const known = { scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] };
const search = { frame: size, layout: 'NHWC', known, atLeast: 0.8 } as const;

/** Tells red, of the first class, from blue, where blue stands first. */
const blueFirst = async (inputs: readonly Float32Array[]) =>
  inputs.map((input) => Float32Array.of(4 * input[2]!, 4 * input[0]!));

/** Right whatever its input is. */
const colourBlind = async (inputs: readonly Float32Array[]) =>
  inputs.map((_, place) => Float32Array.from([0, 1], (at) => (at === place ? 9 : 0)));

const kindOf = () => 'logits' as const;

describe('a contract by labelled images', () => {
  it('takes the order of channels by which the answers are right', async () => {
    const examples = await flat([255, 0, 0], [0, 0, 255]);
    const [best] = await findByLabels({ ...search, examples, infer: blueFirst, kindOf });
    expect(best).toMatchObject({ right: 2, contract: { colourSpace: 'bgr' } });
    expect(best!.likelihood).toBeCloseTo(-Math.log(1 + Math.exp(-4)), 5);
  });

  it('names what is open where ways that differ are as right, and guesses nothing', async () => {
    const examples = await flat([255, 100, 0], [0, 100, 255]);
    await expect(
      findByLabels({ ...search, examples, infer: colourBlind, kindOf }),
    ).rejects.toMatchObject({
      code: 'GLIMPSE_EXAMPLES_AMBIGUOUS',
      message: expect.stringContaining('differ in colourSpace: add more pictures'),
      details: { asGood: { colourSpace: ['"bgr"'] } },
    });
  });
});

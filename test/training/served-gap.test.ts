import { describe, expect, it } from 'vitest';
import { plainContract } from '../../src/preprocessing/presets.ts';
import type { EncodedImages } from '../../src/datasets/images/encoded-images.ts';
import { withDigest, type Dataset, type ImageShape } from '../../src/datasets/dataset.ts';
import { asSent } from '../../src/training/measuring/as-sent.ts';
import { chooseSent } from '../../src/training/measuring/choose-sent.ts';
import { chanceOf } from '../../src/training/measuring/mcnemar.ts';
import {
  isBeyondChance,
  servedGap,
  type ServedComparison,
} from '../../src/training/measuring/served-gap.ts';

const small: ImageShape = { width: 2, height: 2, channels: 1 };

function examplesOf(labels: readonly number[], shape = small, fill = 255) {
  const size = shape.width * shape.height * shape.channels;
  const dataset: Dataset = withDigest({
    pixels: new Uint8Array(size * labels.length).fill(fill),
    labels: Int32Array.from(labels),
    shape,
    classes: Array.from({ length: Math.max(...labels) + 1 }, (_, label) => `class ${label}`),
  });
  const indices = Int32Array.from(labels, (_, index) => index);
  return { dataset, indices, preprocessing: plainContract(shape) };
}

const nothingKept = new Map<Dataset, EncodedImages>();
const compared = (changes: Partial<ServedComparison>): ServedComparison => ({
  images: 20,
  right: 20,
  served: 20,
  lost: 0,
  gained: 0,
  forms: {},
  ...changes,
});

describe('a gap beyond chance', () => {
  it('is what a fair coin gives in less than one of a thousand tries', () => {
    expect(chanceOf(0, 0)).toBe(1);
    expect(chanceOf(0, 7)).toBeCloseTo(1, 12);
    expect(chanceOf(9, 0)).toBeCloseTo(1 / 512, 12);
    expect(chanceOf(3, 1)).toBeCloseTo(5 / 16, 12);
    expect(chanceOf(13, 1)).toBeCloseTo(15 / 16384, 12);
    expect(chanceOf(300, 0)).toBeCloseTo(2 ** -300, 12);
    expect(chanceOf(200, 100)).toBeLessThan(1e-8);
    const beyond = [
      [9, 0],
      [10, 0],
      [12, 1],
      [13, 1],
      [0, 300],
    ].map(([lost, gained]) => isBeyondChance(compared({ lost: lost!, gained: gained! })));
    expect(beyond).toEqual([false, true, false, true, false]);
  });

  it('is told with the reason that is likeliest', () => {
    const plain = plainContract(small);
    const comparison = compared({
      served: 9,
      lost: 11,
      forms: {
        png: { images: 10, right: 10, served: 10 },
        jpeg: { images: 10, right: 10, served: 0 },
      },
    });
    const told = (
      misreading: Parameters<typeof servedGap>[0]['misreading'],
      preprocessing = plain,
    ) => servedGap({ comparison, misreading, refusal: undefined }, preprocessing);
    expect(told(undefined)).toMatchObject({
      statusCode: 422,
      message:
        'Nothing was published: of the examples 20 of 20 are right as they were read, and 9 when they are sent as images. Likely: only JPEG loses: what it goes by is too fine for JPEG to keep.',
      details: { images: 20, right: 20, served: 9, lost: 11, gained: 0 },
    });
    expect(
      told(undefined, { ...plain, polarity: 'dark-on-light', centring: 'mass' }).message,
    ).toContain(
      'polarity "dark-on-light", centring "mass", which the examples do not fit; say preprocessing {"polarity": "as-is", "centring": "none"}',
    );
    expect(told({ kind: 'dark', greatest: 15 }).message).toContain(
      'no value of the dataset is above 15',
    );
    const refused = { comparison, misreading: undefined, refusal: 'GLIMPSE_IMAGE_TOO_LARGE' };
    expect(servedGap(refused, plain).message).toContain(
      'Likely: images of them are refused with GLIMPSE_IMAGE_TOO_LARGE.',
    );
    expect(told({ kind: 'planes' }).message).toContain('say dataset.layout: "chw"');
  });
});

describe('the examples that are sent', () => {
  it('are of every class, the rare ones included, by their share, and half of each as PNG', () => {
    const labels = Array.from({ length: 1000 }, (_, index) =>
      index < 900 ? 0 : index < 998 ? 1 : 2,
    );
    const sent = chooseSent({ measured: examplesOf(labels), others: [], encoded: nothingKept });
    expect(sent).toHaveLength(300);
    expect(new Set(sent.map(({ index }) => index)).size).toBe(300);
    const countOf = (label: number, form?: string) =>
      sent.filter((one) => labels[one.index] === label && (form ?? one.form) === one.form).length;
    expect([0, 1, 2].map((label) => countOf(label))).toEqual([269, 30, 1]);
    expect([countOf(0, 'png'), countOf(0, 'jpeg'), countOf(1, 'png')]).toEqual([135, 134, 15]);
    expect(sent.every(({ isMeasured }) => isMeasured)).toBe(true);
  });

  it('are others too where too few are measured on, and fewer where images are large', () => {
    const measured = examplesOf([0, 1, 0, 1, 0]);
    const others = [examplesOf([0, 1]), examplesOf(Array.from({ length: 200 }, (_, at) => at % 2))];
    const sent = chooseSent({ measured, others, encoded: nothingKept });
    expect(sent).toHaveLength(64);
    const counts = [measured, ...others].map(
      (examples) => sent.filter((one) => one.examples === examples).length,
    );
    expect(counts).toEqual([5, 2, 57]);
    expect(sent.filter(({ isMeasured }) => isMeasured)).toHaveLength(5);
    const large = { width: 300, height: 300, channels: 1 } as const;
    const photos = examplesOf(
      Array.from({ length: 200 }, (_, at) => at % 2),
      large,
    );
    const chosen = chooseSent({ measured: photos, others: [], encoded: nothingKept });
    expect(chosen).toHaveLength(Math.floor(16_000_000 / 90_000));
  });

  it('are sent as their files where these are kept, each once', () => {
    const measured = examplesOf(Array.from({ length: 400 }, (_, at) => at % 2));
    const files = new Map(Array.from({ length: 128 }, (_, at) => [at, new Uint8Array([at])]));
    const sent = chooseSent({
      measured,
      others: [],
      encoded: new Map([[measured.dataset, files]]),
    });
    expect(new Set(sent.map(({ index }) => index)).size).toBe(sent.length);
    const asFile = sent.filter(({ form }) => form === 'file');
    expect(asFile.every(({ index }) => index < 128)).toBe(true);
    expect(asFile.length).toBeGreaterThan(40);
    expect(sent.slice(0, 300).filter(({ form }) => form === 'jpeg').length).toBeGreaterThan(100);
  });
});

describe('an example as an image', () => {
  const shape = { width: 12, height: 12, channels: 3 } as const;
  const dataset = (valueAt: (x: number, y: number, channel: number, index: number) => number) =>
    withDigest({
      pixels: Uint8Array.from({ length: 432 * 10 }, (_, at) => {
        const pixel = Math.floor((at % 432) / 3);
        return valueAt(pixel % 12, Math.floor(pixel / 12), at % 3, Math.floor(at / 432));
      }),
      labels: Int32Array.from({ length: 10 }, (_, at) => at % 2),
      shape,
      classes: ['a', 'b'],
    });

  it('is what was read, and what can be seen of it where all is nearly black', () => {
    const bright = asSent(
      dataset((x) => x * 20),
      false,
    );
    expect(bright.misreading).toBeUndefined();
    expect([...bright.pixelsOf(0).subarray(0, 6)]).toEqual([0, 0, 0, 20, 20, 20]);
    const dark = dataset((x) => Math.min(x, 10));
    expect(asSent(dark, false).misreading).toEqual({ kind: 'dark', greatest: 10 });
    expect([...asSent(dark, false).pixelsOf(3).subarray(0, 6)]).toEqual([0, 0, 0, 26, 26, 26]);
    expect(asSent(dark, true).misreading).toBeUndefined();
    expect([...asSent(dark, true).pixelsOf(3).subarray(0, 6)]).toEqual([0, 0, 0, 1, 1, 1]);
    expect(
      asSent(
        dataset((x) => x + 6),
        false,
      ).misreading,
    ).toBeUndefined();
    expect(
      asSent(
        dataset(() => 0),
        false,
      ).misreading,
    ).toBeUndefined();
  });

  it('is never taken for planes where colours lie together: grey, stripes, noise, gradients', () => {
    const honest = {
      grey: (x: number, y: number) => 10 * x + 5 * y,
      greyStripes: (_: number, y: number) => (y % 2) * 250,
      stripes: (_: number, y: number, channel: number) => (y % 2) * 120 + channel * 60,
      noise: (x: number, y: number, channel: number, index: number) =>
        (x * 7919 + y * 104_729 + channel * 1299 + index * 15_485) % 251,
      sky: (x: number, y: number, channel: number) => 60 * channel + 6 * y + x,
      blobs: (x: number, y: number, channel: number) => (((x >> 2) + (y >> 2) + channel) % 3) * 100,
    };
    for (const [name, valueAt] of Object.entries(honest)) {
      expect([name, asSent(dataset(valueAt), false).misreading]).toEqual([name, undefined]);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { withDigest } from '../../../src/datasets/dataset.ts';
import { createRandom } from '../../../src/random.ts';
import { chooseNet, type Choosing } from '../../../src/training/auto/choose-net.ts';
import {
  looksPhotographic,
  usualShape,
  type SeenData,
} from '../../../src/training/auto/seen-data.ts';

const shape = (side: number, channels: 1 | 3 = 3) => ({ width: side, height: side, channels });
const seen = (known: Partial<SeenData>): SeenData => ({
  shape: undefined,
  original: undefined,
  count: 200,
  isPhotographic: false,
  ...known,
});
const photos = seen({ original: { width: 640, height: 480, channels: 3 }, isPhotographic: true });
/** Three images of 32x32 in colour. */
const datasetOf = (pixelAt: (index: number) => number) =>
  withDigest({
    pixels: Uint8Array.from({ length: 3 * 32 * 32 * 3 }, (_, index) => pixelAt(index)),
    labels: Int32Array.of(0, 1, 0),
    shape: shape(32),
    classes: ['a', 'b'],
  });
const open: Choosing = { mayTransfer: true, inherited: undefined, fits: () => true };

const epochsOf = (count: number) => chooseNet(seen({ shape: shape(64), count }), open).epochs ?? 50;

describe('the net that auto comes to', () => {
  it.each([
    ['dense', 'images as of MNIST, in a table', seen({ shape: shape(28, 1) })],
    ['dense', 'images as of MNIST, in files', seen({ original: shape(28, 1) })],
    ['dense', 'images too small for convolutions', seen({ shape: shape(8, 1) })],
    ['dense', 'what nobody could look at', seen({})],
    ['cnn', 'colours of 32x32', seen({ shape: shape(32) })],
    ['cnn', 'drawings of any size', seen({ original: shape(300) })],
    ['cnn', 'photographs that somebody wants smaller', { ...photos, shape: shape(48) }],
    ['cnn', 'photographs of the size of icons', { ...photos, original: shape(40) }],
    ['cnn', 'photographs by the ten thousand', { ...photos, count: 10_000 }],
    ['transfer', 'a few photographs', photos],
  ] as const)('is %s for %s', (architecture, _, data) => {
    const chosen = chooseNet(data, open);
    expect(chosen).toMatchObject({ architecture, why: expect.stringMatching(/\w+ \w+/) });
  });

  it('learns from drawings as large as they are, up to 64 pixels', () => {
    const sizeFor = (side: number, channels: 1 | 3) =>
      chooseNet(seen({ original: shape(side, channels) }), open).shape;
    expect(sizeFor(300, 3)).toEqual(shape(64, 3));
    expect(sizeFor(40, 1)).toEqual(shape(40, 1));
    expect(sizeFor(5, 1)).toEqual(shape(16, 1));
  });

  it('leaves photographs to a net from nothing where the request rules a backbone out', () => {
    const chosen = chooseNet(photos, { ...open, mayTransfer: false });
    expect(chosen).toMatchObject({ architecture: 'cnn', shape: shape(64) });
  });

  it('keeps to the size of the version before', () => {
    const chosen = chooseNet(photos, { ...open, inherited: shape(28, 1) });
    expect(chosen).toMatchObject({ architecture: 'dense' });
    expect(chosen.shape).toEqual(shape(28, 1));
  });

  it('is the largest that fits in memory', () => {
    const large = seen({ shape: shape(224) });
    const onlyTiny = chooseNet(large, { ...open, fits: (name) => name === 'cnn-tiny' });
    expect(onlyTiny.architecture).toBe('cnn-tiny');
    const none = chooseNet(large, { ...open, fits: () => false });
    expect(none).toMatchObject({ architecture: 'dense', why: expect.stringContaining('memory') });
  });

  it('has fewer epochs for more images, and as many as ever for few', () => {
    expect(epochsOf(1000)).toBe(50);
    expect(epochsOf(10_000)).toBeLessThan(50);
    expect(epochsOf(10_000)).toBeGreaterThan(epochsOf(20_000));
    expect(epochsOf(1_000_000)).toBe(10);
  });
});

describe('what is seen of images', () => {
  it('is that few colours are a drawing, and many a photograph', () => {
    const random = createRandom(1);
    // A light that falls off, with the noise of a sensor.
    const photo = datasetOf((index) => 40 + ((index / 3) % 32) * 5 + random.integer(24));
    const drawing = datasetOf((index) => ((index / 3) % 32 < 12 ? 250 : 30 + (index % 3) * 60));
    expect(looksPhotographic(photo)).toBe(true);
    expect(looksPhotographic(drawing)).toBe(false);
  });

  it('is the size in the middle, in colour where one of them is', () => {
    expect(usualShape([shape(10, 1), shape(90, 3), shape(30, 1)])).toEqual(shape(30, 3));
    expect(usualShape([])).toBeUndefined();
  });
});

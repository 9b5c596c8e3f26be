import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { isInMnistFrame } from '../../src/image/handwriting/mnist-frame.ts';
import { createImagePreparer } from '../../src/image/prepare-image.ts';
import { mnistPreprocessing } from '../../src/preprocessing/contract-one.ts';
import { limits } from './images.ts';

const samples = join(import.meta.dirname, '..', '..', 'samples');
const preparer = createImagePreparer({ limits, concurrency: 2, queueSize: 64, threads: 1 });
afterAll(() => preparer.close());

const read = (name: string): Buffer => gunzipSync(readFileSync(join(samples, 'digits', name)));

/** The images of one set of drawn digits. */
function imagesOf(set: string): Buffer[] {
  const file = read(`${set}-images.idx3-ubyte.gz`);
  const count = file.readUInt32BE(4);
  expect(file.length).toBe(16 + count * 784);
  return Array.from({ length: count }, (_, i) => file.subarray(16 + i * 784, 800 + i * 784));
}

describe('the drawn digits', () => {
  it.each([
    ['train', 2000],
    ['test', 500],
  ])('%s: %i of them, as many of each, nearly all in the frame of MNIST', (set, count) => {
    const images = imagesOf(set);
    const labels = read(`${set}-labels.idx1-ubyte.gz`).subarray(8);
    expect([images.length, labels.length]).toEqual([count, count]);
    for (let digit = 0; digit < 10; digit += 1) {
      expect(labels.filter((label) => label === digit)).toHaveLength(count / 10);
    }
    expect(images.filter((image) => isInMnistFrame(image)).length).toBeGreaterThan(count * 0.98);
  });

  it('to test on are none of those to train on', () => {
    const known = new Set(imagesOf('train').map((image) => image.toString('base64')));
    const fresh = imagesOf('test').filter((image) => !known.has(image.toString('base64')));
    expect(fresh).toHaveLength(500);
  });
});

describe('the sample images', () => {
  it('of golden stand in the frame of MNIST, one of each digit', async () => {
    const names = readdirSync(join(samples, 'golden')).sort();
    expect(names).toEqual(Array.from({ length: 10 }, (_, digit) => `${digit}.png`));
    for (const name of names) {
      const image = readFileSync(join(samples, 'golden', name));
      const { ink } = await preparer.examine(image, mnistPreprocessing);
      expect([name, ink?.isUntouched]).toEqual([name, true]);
    }
  });

  it('of photos show one clear digit each, and their names say which', async () => {
    const names = readdirSync(join(samples, 'photos'));
    expect(names.length).toBeGreaterThanOrEqual(12);
    for (const name of names) {
      expect(name).toMatch(/^\d-[a-z]+\.(jpg|png|webp|gif|tiff)$/);
      const image = readFileSync(join(samples, 'photos', name));
      const { pixels, ink } = await preparer.examine(image, mnistPreprocessing);
      expect(isInMnistFrame(pixels)).toBe(true);
      expect(ink?.separability).toBeGreaterThan(0.85);
    }
  });
});

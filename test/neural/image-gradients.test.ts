import { describe, expect, it } from 'vitest';
import { convolve } from '../../src/neural/ops/convolution.ts';
import { normaliseBatch } from '../../src/neural/ops/normalisation.ts';
import { averagePool, maxPool } from '../../src/neural/ops/pooling.ts';
import { meanOver } from '../../src/neural/ops/reduction.ts';
import { layWindows, type Padding, type Pair } from '../../src/neural/ops/windows.ts';
import { worstGradientError, type GradientCase } from './gradient-check.ts';

const tolerance = 1e-3;

interface Geometry {
  readonly image: Pair;
  readonly kernel: Pair;
  readonly strides?: Pair;
  readonly padding?: Padding;
}

const windowsOf = ({ image, kernel, strides = [1, 1], padding = 'valid' }: Geometry) =>
  layWindows(image, kernel, strides, padding);

const convolutions: Record<string, Geometry & { channels: number; filters: number }> = {
  'a 3x3 kernel on one channel': { image: [5, 6], kernel: [3, 3], channels: 1, filters: 2 },
  'a 3x3 kernel on many channels': { image: [5, 4], kernel: [3, 3], channels: 3, filters: 2 },
  'padding that keeps the size': {
    image: [4, 5],
    kernel: [3, 3],
    padding: 'same',
    channels: 3,
    filters: 2,
  },
  'an even kernel, padded on one side more': {
    image: [5, 5],
    kernel: [2, 4],
    padding: 'same',
    channels: 2,
    filters: 2,
  },
  'a kernel that is not square': { image: [6, 5], kernel: [1, 3], channels: 2, filters: 3 },
  'a kernel of one pixel': { image: [3, 4], kernel: [1, 1], channels: 3, filters: 2 },
  'a kernel as large as the image': { image: [4, 3], kernel: [4, 3], channels: 2, filters: 2 },
  'a stride that leaves rows over': {
    image: [6, 7],
    kernel: [3, 3],
    strides: [2, 3],
    channels: 2,
    filters: 2,
  },
  'a stride with padding': {
    image: [7, 6],
    kernel: [3, 2],
    strides: [2, 2],
    padding: 'same',
    channels: 2,
    filters: 3,
  },
  'a stride larger than the kernel': {
    image: [7, 7],
    kernel: [2, 2],
    strides: [3, 3],
    channels: 1,
    filters: 2,
  },
};

describe('the gradients of a convolution hold for', () => {
  it.each(Object.entries(convolutions))('%s', async (_, geometry) => {
    const { channels, filters, image, kernel } = geometry;
    const error = await worstGradientError({
      inputs: {
        x: [2, channels, ...image],
        kernel: [filters, channels, ...kernel],
        bias: [filters],
      },
      build: (g, { x, kernel, bias }) => convolve(g, x!, kernel!, bias, windowsOf(geometry)),
    });
    expect(error).toBeLessThan(tolerance);
  });

  it('no bias', async () => {
    const windows = windowsOf({ image: [4, 4], kernel: [3, 3] });
    const error = await worstGradientError({
      inputs: { x: [1, 2, 4, 4], kernel: [2, 2, 3, 3] },
      build: (g, { x, kernel }) => convolve(g, x!, kernel!, undefined, windows),
    });
    expect(error).toBeLessThan(tolerance);
  });
});

const poolings: Record<string, Geometry> = {
  'tiles of 2x2': { image: [4, 6], kernel: [2, 2], strides: [2, 2] },
  'tiles of 3x2': { image: [6, 4], kernel: [3, 2], strides: [3, 2] },
  'tiles that leave a row over': { image: [5, 4], kernel: [2, 2], strides: [2, 2] },
  'windows that overlap': { image: [5, 5], kernel: [3, 3], strides: [2, 2] },
  'windows at every pixel': { image: [4, 4], kernel: [2, 2], strides: [1, 1] },
  'windows with gaps': { image: [5, 6], kernel: [2, 2], strides: [3, 3] },
  'padded windows': { image: [5, 5], kernel: [3, 3], strides: [2, 2], padding: 'same' },
};

/** Far enough from each other that no step of the check changes which is largest. */
function distinctValues(): GradientCase['draw'] {
  let count = 0;
  return () => {
    count += 1;
    return ((count * 37) % 101) / 10 - 5;
  };
}

describe('the gradient of max pooling holds for', () => {
  it.each(Object.entries(poolings))('%s', async (_, geometry) => {
    const error = await worstGradientError({
      inputs: { x: [2, 2, ...geometry.image] },
      draw: distinctValues()!,
      build: (g, { x }) => maxPool(g, x!, windowsOf(geometry)),
    });
    expect(error).toBeLessThan(tolerance);
  });
});

describe('the gradient of average pooling holds for', () => {
  it.each(Object.entries(poolings))('%s', async (_, geometry) => {
    const error = await worstGradientError({
      inputs: { x: [2, 2, ...geometry.image] },
      build: (g, { x }) => averagePool(g, x!, windowsOf(geometry)),
    });
    expect(error).toBeLessThan(tolerance);
  });

  it('the whole image', async () => {
    const error = await worstGradientError({
      inputs: { x: [2, 3, 4, 3] },
      build: (g, { x }) => meanOver(g, x!, [2, 3]),
    });
    expect(error).toBeLessThan(tolerance);
  });
});

describe('the gradients of batch normalisation hold for', () => {
  const shapes: [what: string, shape: number[]][] = [
    ['images', [3, 2, 2, 3]],
    ['flat rows', [6, 3]],
    ['one position of several images', [5, 2, 1, 1]],
  ];
  it.each(shapes)('%s', async (_, shape) => {
    const error = await worstGradientError({
      inputs: { x: shape, gamma: [shape[1]!], beta: [shape[1]!] },
      draw: (random) => 0.5 + random.symmetric(1),
      build: (g, { x, gamma, beta }) => normaliseBatch(g, x!, gamma!, beta!, 1e-3).out,
    });
    expect(error).toBeLessThan(tolerance);
  });
});

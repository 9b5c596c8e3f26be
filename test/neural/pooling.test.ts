import { describe, expect, it } from 'vitest';
import { gradientsOf } from '../../src/neural/gradients.ts';
import { createGraph } from '../../src/neural/graph.ts';
import { maxPool } from '../../src/neural/ops/pooling.ts';
import { sumOver } from '../../src/neural/ops/reduction.ts';
import { layWindows, type Windows } from '../../src/neural/ops/windows.ts';
import { serializeGraph } from '../../src/neural/serialize.ts';
import { openGraphSession } from '../../src/runtime/graph-session.ts';
import { float32, floatsOf } from './gradient-check.ts';

/** The gradient of the sum of all maxima. */
async function gradientOfMaxima(image: number[][], windows: Windows): Promise<number[]> {
  const graph = createGraph();
  const shape = [1, 1, image.length, image[0]!.length];
  const x = graph.input('x', shape);
  const loss = sumOver(graph, maxPool(graph, x, windows), [0, 1, 2, 3]);
  graph.output('gradient', gradientsOf(graph, loss, [x])[0]!);
  const session = await openGraphSession(serializeGraph(graph, 'maxima'), { threads: 1 });
  const { gradient } = await session.run({ x: float32(shape, Float32Array.from(image.flat())) });
  await session.close();
  return [...floatsOf(gradient)];
}

describe('the gradient of max pooling', () => {
  it('is shared by equal maxima of a tile', async () => {
    const image = [
      [0, 0, 1, 3],
      [0, 0, 3, 2],
    ];
    const windows = layWindows([2, 4], [2, 2], [2, 2], 'valid');
    expect(await gradientOfMaxima(image, windows)).toEqual([
      0.25, 0.25, 0, 0.5, 0.25, 0.25, 0.5, 0,
    ]);
  });

  it('is shared by equal maxima of overlapping windows, and never lost in the padding', async () => {
    const image = [
      [-1, -1, -1],
      [-1, -1, -1],
      [-1, -1, -1],
    ];
    const windows = layWindows([3, 3], [2, 2], [1, 1], 'same');
    const gradient = await gradientOfMaxima(image, windows);
    expect(gradient.reduce((sum, value) => sum + value, 0)).toBeCloseTo(9, 5);
    expect(Math.min(...gradient)).toBeGreaterThan(0);
  });

  it('tells numbers apart that differ in their last bit', async () => {
    const next = Math.fround(1 + 2 ** -23);
    const windows = layWindows([1, 2], [1, 2], [1, 2], 'valid');
    expect(await gradientOfMaxima([[1, next]], windows)).toEqual([0, 1]);
    expect(await gradientOfMaxima([[1e-30, 1.0000001e-30]], windows)).toEqual([0, 1]);
  });
});

describe('layWindows', () => {
  it('pads like Keras: the odd zero comes last, and a stride gives ceil(input / stride) windows', () => {
    expect(layWindows([5, 6], [2, 3], [1, 2], 'same')).toMatchObject({
      output: [5, 3],
      before: [0, 0],
      after: [1, 1],
    });
  });

  it('leaves out what a stride cannot reach when valid', () => {
    expect(layWindows([5, 6], [2, 3], [2, 2], 'valid')).toMatchObject({
      output: [2, 2],
      before: [0, 0],
      after: [0, 0],
    });
  });
});

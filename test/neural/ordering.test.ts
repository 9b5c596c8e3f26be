import { describe, expect, it } from 'vitest';
import { resolveArchitecture } from '../../src/neural/architectures.ts';
import { poolBeforeActivating } from '../../src/neural/ordering.ts';
import { largestDifference, train, type Setup } from './trained.ts';

const image = { inputShape: [1, 6, 6], classes: 3 };
const tail = [{ type: 'flatten' }, { type: 'dense' }];

function orderOf(layers: object[]): string[] {
  const resolved = resolveArchitecture({ layers: [...layers, ...tail] }, image);
  return poolBeforeActivating(resolved).map((layer) => layer.name);
}

describe('poolBeforeActivating', () => {
  it('pools before an activation that rises', () => {
    const layers = [{ type: 'activation', activation: 'relu' }, { type: 'maxPool2d' }];
    expect(orderOf(layers)).toEqual(['2.maxPool2d', '1.activation', '3.flatten', '4.dense']);
  });

  it('splits the activation off a convolution to do so', () => {
    const layers = [
      { type: 'conv2d', filters: 2, kernelSize: 3, activation: 'tanh' },
      { type: 'maxPool2d' },
    ];
    expect(orderOf(layers)).toEqual([
      '1.conv2d',
      '2.maxPool2d',
      '1.conv2d.activation',
      '3.flatten',
      '4.dense',
    ]);
  });

  it('leaves gelu where it is, for it falls before it rises', () => {
    const layers = [{ type: 'activation', activation: 'gelu' }, { type: 'maxPool2d' }];
    expect(orderOf(layers)).toEqual(['1.activation', '2.maxPool2d', '3.flatten', '4.dense']);
  });

  it('leaves average pooling behind its activation, for a mean is no maximum', () => {
    const layers = [{ type: 'activation', activation: 'relu' }, { type: 'averagePool2d' }];
    expect(orderOf(layers)).toEqual(['1.activation', '2.averagePool2d', '3.flatten', '4.dense']);
  });

  it('changes nothing about what is learnt', async () => {
    const setup: Setup = {
      ...image,
      architecture: {
        layers: [
          { type: 'conv2d', filters: 3, kernelSize: 3, activation: 'relu' },
          { type: 'maxPool2d' },
          ...tail,
        ],
      },
      batchSize: 4,
      steps: 5,
      optimizer: { name: 'sgd' },
      learningRate: 0.1,
    };
    const swapped = await train(setup);
    // A dropout of nothing between them keeps the order as written.
    const asWritten = await train({
      ...setup,
      architecture: {
        layers: [
          { type: 'conv2d', filters: 3, kernelSize: 3, activation: 'relu' },
          { type: 'dropout', rate: 0 },
          { type: 'maxPool2d' },
          ...tail,
        ],
      },
      startFrom: swapped.before,
    });
    expect(largestDifference(swapped.losses, asWritten.losses)).toBeLessThan(1e-6);
    const kernel = '1.conv2d.kernel';
    expect(
      largestDifference(swapped.after.get(kernel)!, asWritten.after.get(kernel)!),
    ).toBeLessThan(1e-6);
  });
});

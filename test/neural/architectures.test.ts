import { describe, expect, it } from 'vitest';
import { countParameters, resolveArchitecture } from '../../src/neural/architectures.ts';

const mnist = { inputShape: [1, 28, 28], classes: 10 };

describe('architectures', () => {
  it('resolves the founding example by its name', () => {
    const layers = resolveArchitecture('dense', mnist);
    expect(layers.map((layer) => [layer.name, layer.outputShape])).toEqual([
      ['1.flatten', [784]],
      ['2.dense', [128]],
      ['3.dropout', [128]],
      ['4.dense', [10]],
    ]);
    expect(countParameters(layers)).toEqual({ trainable: 101_770, running: 0 });
  });

  it.each([
    ['cnn-tiny', 21_362],
    ['cnn', 83_546],
    ['cnn-wide', 111_682],
    ['cnn-large', 197_802],
    ['gru', 61_962],
    ['lstm', 81_674],
    ['rnn', 21_386],
  ])('knows %s, with %i parameters', (name, trainable) => {
    expect(countParameters(resolveArchitecture(name, mnist)).trainable).toBe(trainable);
  });

  it('keeps two running averages for each channel of a batch norm', () => {
    expect(countParameters(resolveArchitecture('cnn', mnist)).running).toBe(448);
  });

  it('fits every preset to colour images of another size', () => {
    const layers = resolveArchitecture('cnn', { inputShape: [3, 32, 32], classes: 5 });
    expect(layers.filter(({ type }) => type === 'maxPool2d').map((l) => l.outputShape)).toEqual([
      [16, 14, 14],
      [32, 5, 5],
    ]);
    expect(layers.at(-1)?.outputShape).toEqual([5]);
  });

  it('reads the rows of an image, all channels of a row together', () => {
    const layers = resolveArchitecture(
      {
        layers: [
          { type: 'gru', units: 7, returnSequences: true },
          { type: 'lstm', units: 6 },
          { type: 'dense' },
        ],
      },
      { inputShape: [3, 32, 16], classes: 5 },
    );
    expect(layers.map((layer) => layer.outputShape)).toEqual([[32, 7], [6], [5]]);
    const gru = 3 * 7 * (3 * 16) + 3 * 7 * 7 + 6 * 7;
    const lstm = 4 * 6 * 7 + 4 * 6 * 6 + 4 * 6;
    expect(countParameters(layers).trainable).toBe(gru + lstm + 6 * 5 + 5);
  });

  it('gives the last dense layer one unit for each class', () => {
    const layers = resolveArchitecture('dense', { inputShape: [3, 32, 32], classes: 5 });
    expect(layers.at(-1)?.outputShape).toEqual([5]);
    expect(countParameters(layers).trainable).toBe(3072 * 128 + 128 + 128 * 5 + 5);
  });

  it('takes the same net as a list of layers', () => {
    const layers = resolveArchitecture(
      { layers: [{ type: 'flatten' }, { type: 'dense', units: 10, useBias: false }] },
      mnist,
    );
    expect(countParameters(layers).trainable).toBe(7840);
  });
});

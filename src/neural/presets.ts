import type { LayerSpec } from './layers/kinds.ts';

/** Architectures with a name. The last dense layer takes its width from the number of classes. */
export const presetNames = [
  'dense',
  'cnn-tiny',
  'cnn',
  'cnn-wide',
  'cnn-large',
  'rnn',
  'lstm',
  'gru',
] as const;
export type PresetName = (typeof presetNames)[number];

export const presets: Readonly<Record<PresetName, readonly LayerSpec[]>> = {
  /** The founding example. */
  dense: [
    { type: 'flatten' },
    { type: 'dense', units: 128, activation: 'relu' },
    { type: 'dropout', rate: 0.2 },
    { type: 'dense' },
  ],
  'cnn-tiny': convolutional([8, 16], 64, 0.1),
  cnn: convolutional([16, 32], 128, 0.2),
  'cnn-wide': convolutional([24, 48], 96, 0.3),
  'cnn-large': convolutional([32, 64], 128, 0.3),
  rnn: rowReading('simpleRnn'),
  lstm: rowReading('lstm'),
  gru: rowReading('gru'),
};

/** Two pairs of convolutions, each pair halved by pooling, then one hidden dense layer. */
function convolutional(pairs: readonly number[], units: number, rate: number): LayerSpec[] {
  return [
    ...pairs.flatMap((filters): LayerSpec[] => [
      ...convolution(filters),
      ...convolution(filters),
      { type: 'maxPool2d' },
    ]),
    { type: 'dropout', rate },
    { type: 'flatten' },
    { type: 'dense', units, useBias: false },
    { type: 'batchNormalization' },
    { type: 'activation', activation: 'relu' },
    { type: 'dense' },
  ];
}

/** Reads the image row by row and classifies what it remembers at the end. */
function rowReading(type: 'simpleRnn' | 'lstm' | 'gru'): LayerSpec[] {
  return [{ type, units: 128 }, { type: 'dropout', rate: 0.2 }, { type: 'dense' }];
}

/** No bias: the batch norm after it shifts anyway. */
function convolution(filters: number): LayerSpec[] {
  return [
    { type: 'conv2d', filters, kernelSize: 3, useBias: false },
    { type: 'batchNormalization' },
    { type: 'activation', activation: 'relu' },
  ];
}

export function isPresetName(name: unknown): name is PresetName {
  return typeof name === 'string' && Object.hasOwn(presets, name);
}

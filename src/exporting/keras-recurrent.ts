import type { ResolvedLayer } from '../neural/layers/kinds.ts';
import { layerOf, type KerasWeight, type LayerDraft, type SlotValues } from './keras-layer.ts';
import { permuted, reorderedGates } from './permute-weights.ts';

/** What Keras calls our cells, and which of our gates comes first, second, ... in its order. */
const cells = {
  simpleRnn: { className: 'SimpleRNN', gates: [0], settings: {} },
  lstm: {
    className: 'LSTM',
    gates: [0, 2, 3, 1],
    settings: { recurrent_activation: 'sigmoid' },
  },
  gru: {
    className: 'GRU',
    gates: [0, 1, 2],
    settings: { recurrent_activation: 'sigmoid', reset_after: true },
  },
} as const;
type RecurrentLayer = Extract<ResolvedLayer, { type: keyof typeof cells }>;

/** A cell over the rows of an image or of a sequence. */
export function recurrentLayers(
  { type, spec, inputShape }: RecurrentLayer,
  slots: SlotValues,
): LayerDraft[] {
  const { className, gates, settings } = cells[type];
  const { units, returnSequences = false } = spec;
  const bias = slots['bias']!.values;
  // Keras keeps both biases of a GRU, one row each.
  const biasRows = bias.length / (gates.length * units);
  const cell = layerOf(
    className,
    {
      units,
      activation: 'tanh',
      ...settings,
      use_bias: true,
      return_sequences: returnSequences,
    },
    [
      kernelOf(slots, 'kernel', 'kernel', gates),
      kernelOf(slots, 'recurrentKernel', 'recurrent_kernel', gates),
      {
        name: 'bias',
        shape: biasRows === 1 ? [bias.length] : [biasRows, gates.length * units],
        values: biasRows === 1 ? reorderedGates(bias, gates) : bias,
      },
    ],
  );
  return [...rowsOf(inputShape), { ...cell, isCell: true }];
}

function kernelOf(
  slots: SlotValues,
  slot: string,
  name: string,
  gates: readonly number[],
): KerasWeight {
  const { shape, values } = slots[slot]!;
  const [rows = 0, columns = 0] = shape;
  return {
    name,
    shape: [columns, rows],
    values: permuted(reorderedGates(values, gates), shape, [1, 0]),
  };
}

/** An image is read row by row, its channels one after the other within a row. */
function rowsOf(shape: readonly number[]): LayerDraft[] {
  const [channels = 1, height = 1, width = 1] = shape;
  if (shape.length !== 3) return [];
  return [
    ...(channels > 1 ? [layerOf('Permute', { dims: [1, 3, 2] })] : []),
    layerOf('Reshape', { target_shape: [height, channels * width] }),
  ];
}

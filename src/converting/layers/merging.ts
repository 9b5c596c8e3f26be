import { combine, scalar, type BinaryOp } from '../operations/arithmetic.ts';
import { concatenate } from '../operations/shaping.ts';
import { unsupported } from '../refusals.ts';
import type { Tensor } from '../tensors/tensor.ts';
import type { Layer, LayerKind } from './layer.ts';

function allOf({ graph, title }: Layer, op: BinaryOp, inputs: readonly Tensor[]): Tensor {
  const [first, ...others] = inputs;
  if (!first || others.length === 0) throw unsupported(`${title} merges fewer than two`);
  return others.reduce((all, one) => combine(graph, op, all, one), first);
}

const merging =
  (op: BinaryOp): LayerKind =>
  (layer, _, inputs) =>
    allOf(layer, op, inputs);

const average: LayerKind = (layer, _, inputs) => {
  const { graph } = layer;
  const sum = allOf(layer, 'Add', inputs);
  return combine(graph, 'Mul', sum, scalar(graph, 1 / inputs.length));
};

/** Layers that make one tensor of several. */
export const mergingLayers: Readonly<Record<string, LayerKind>> = {
  Add: merging('Add'),
  Subtract: merging('Sub'),
  Multiply: merging('Mul'),
  Maximum: merging('Max'),
  Minimum: merging('Min'),
  Average: average,
  Concatenate: ({ graph, settings }, _, inputs) =>
    concatenate(graph, inputs, settings.number('axis', -1)),
};

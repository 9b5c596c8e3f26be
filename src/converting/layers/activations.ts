import { relu, softmax } from '../operations/activations.ts';
import { each } from '../operations/arithmetic.ts';
import { shownShape, unsupported } from '../refusals.ts';
import { anyForm, writtenOf, ofWritten } from '../tensors/tensor.ts';
import { activate } from './activation-names.ts';
import type { LayerKind } from './layer.ts';

const reluLayer: LayerKind = ({ graph, settings }, input) =>
  relu(graph, input, {
    slope: settings.number('negative_slope', 0),
    threshold: settings.number('threshold', 0),
    greatest: settings.maybe('max_value'),
  });

const leaky: LayerKind = ({ graph, settings }, input) => {
  const slope = settings.maybe('negative_slope') ?? settings.number('alpha', 0.3);
  return relu(graph, input, { slope, threshold: 0, greatest: undefined });
};

const prelu: LayerKind = ({ graph, weights, title }, input) => {
  const { data, shape } = weights.take('alpha');
  const expected = input.shape.slice(1);
  if (
    shape.length !== expected.length ||
    shape.some((one, at) => one !== 1 && one !== expected[at])
  ) {
    throw unsupported(`${title} has slopes of the shape ${shownShape(shape)}`);
  }
  const isPerChannel = shape.slice(0, -1).every((length) => length === 1);
  if (input.planes && isPerChannel) {
    const { value, same } = anyForm(input);
    const slopes = graph.weights({ data, shape: [shape.at(-1)!, 1, 1] });
    return same(graph.node('PRelu', [value, slopes], value.shape));
  }
  const value = writtenOf(graph, input);
  return ofWritten(graph.node('PRelu', [value, graph.weights({ data, shape })], value.shape));
};

const elu: LayerKind = ({ graph, settings }, input) =>
  each(graph, 'Elu', input, { attributes: { alpha: { float: settings.number('alpha', 1) } } });

const softmaxLayer: LayerKind = ({ graph, settings, title }, input) => {
  const axes = settings.raw('axis') === undefined ? [-1] : settings.list('axis');
  const [axis, ...others] = axes;
  if (axis === undefined || others.length > 0) throw unsupported(`${title} has several axes`);
  return softmax(graph, input, axis < 0 ? axis + input.shape.length : axis);
};

/** Layers that are nothing but an activation. */
export const activationLayers: Readonly<Record<string, LayerKind>> = {
  Activation: (layer, input) => activate(layer, input, layer.settings.raw('activation')),
  ReLU: reluLayer,
  LeakyReLU: leaky,
  PReLU: prelu,
  ELU: elu,
  Softmax: softmaxLayer,
};

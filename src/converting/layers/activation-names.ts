import { isRecord } from '../../json.ts';
import {
  gelu,
  hardSigmoid,
  hardSilu,
  mish,
  relu,
  silu,
  softmax,
} from '../operations/activations.ts';
import { each } from '../operations/arithmetic.ts';
import { shown, unsupported } from '../refusals.ts';
import type { Tensor } from '../tensors/tensor.ts';
import type { Layer } from './layer.ts';

type Activation = (layer: Pick<Layer, 'graph' | 'isKeras2'>, input: Tensor) => Tensor;

const ofOne =
  (op: string, attributes = {}): Activation =>
  ({ graph }, input) =>
    each(graph, op, input, { attributes });

/** What `activation="..."` means. */
const activations: Readonly<Record<string, Activation>> = {
  linear: (_, input) => input,
  relu: ({ graph }, input) => relu(graph, input, { slope: 0, threshold: 0, greatest: undefined }),
  relu6: ({ graph }, input) => relu(graph, input, { slope: 0, threshold: 0, greatest: 6 }),
  leaky_relu: ofOne('LeakyRelu', { alpha: { float: 0.2 } }),
  elu: ofOne('Elu'),
  selu: ofOne('Selu'),
  gelu: ({ graph }, input) => gelu(graph, input, false),
  silu: ({ graph }, input) => silu(graph, input),
  swish: ({ graph }, input) => silu(graph, input),
  hard_silu: ({ graph }, input) => hardSilu(graph, input),
  hard_swish: ({ graph }, input) => hardSilu(graph, input),
  hard_sigmoid: ({ graph, isKeras2 }, input) => hardSigmoid(graph, input, isKeras2 ? 0.2 : 1 / 6),
  sigmoid: ofOne('Sigmoid'),
  tanh: ofOne('Tanh'),
  softmax: ({ graph }, input) => softmax(graph, input),
  log_softmax: ({ graph }, input) => softmax(graph, input, -1, 'LogSoftmax'),
  softplus: ofOne('Softplus'),
  softsign: ofOne('Softsign'),
  exponential: ofOne('Exp'),
  mish: ({ graph }, input) => mish(graph, input),
};

/** Applies an activation as a configuration names it: by a text, or an object that names a function of Keras. */
export function activate(
  layer: Pick<Layer, 'graph' | 'isKeras2' | 'title'>,
  input: Tensor,
  named: unknown,
): Tensor {
  const name = nameOf(named);
  const activation = name !== undefined && Object.hasOwn(activations, name) && activations[name];
  if (activation) return activation(layer, input);
  throw unsupported(
    `${layer.title} has the activation ${shown(name ?? named)}; converted are ${Object.keys(activations).join(', ')}`,
  );
}

function nameOf(named: unknown): string | undefined {
  if (named === null || named === undefined) return 'linear';
  if (typeof named === 'string') return named;
  if (!isRecord(named)) return undefined;
  const { config } = named;
  return typeof config === 'string' ? config : undefined;
}

import { strict as assert } from 'node:assert';
import type { ResolvedLayer } from './layers/kinds.ts';
import { epsilonOf } from './layers/batch-normalization.ts';

/**
 * What serving need not compute again for every image: batch norm is folded into the convolution or
 * dense layer before it, the temperature into the last layer. The net stays the same function.
 */
export interface Net {
  readonly layers: readonly ResolvedLayer[];
  /** By state name. */
  readonly values: ReadonlyMap<string, Float32Array>;
}

type Linear = ResolvedLayer<'conv2d' | 'dense'>;

export function foldBatchNormalization({ layers, values }: Net): Net {
  const changed = new Map(values);
  const folded = fold(layers, (before, layer) => {
    const { factor, shift } = asFactorAndShift(layer, values);
    scaleOutputs(before, changed, factor, shift);
  });
  return { layers: folded, values: changed };
}

/** The layers that are served of a net: what is left when batch norm is folded. */
export function foldedLayers(layers: readonly ResolvedLayer[]): ResolvedLayer[] {
  return fold(layers, () => undefined);
}

function fold(
  layers: readonly ResolvedLayer[],
  onFold: (before: Linear, layer: ResolvedLayer<'batchNormalization'>) => void,
): ResolvedLayer[] {
  const folded: ResolvedLayer[] = [];
  for (const layer of layers) {
    const before = folded.at(-1);
    if (layer.type === 'batchNormalization' && before && isLinear(before)) {
      onFold(before, layer);
      folded[folded.length - 1] = withBias(before);
    } else folded.push(layer);
  }
  return folded;
}

/** Divides the logits: the last layer is dense and linear, so its numbers may be divided instead. */
export function foldTemperature({ layers, values }: Net, temperature: number): Net {
  const last = layers.at(-1);
  if (temperature === 1) return { layers, values };
  assert(last?.type === 'dense', 'the last layer is dense: this is our bug');
  const changed = new Map(values);
  for (const slot of ['kernel', 'bias']) {
    const value = values.get(`${last.name}.${slot}`);
    if (value)
      changed.set(
        `${last.name}.${slot}`,
        value.map((number) => number / temperature),
      );
  }
  return { layers, values: changed };
}

function isLinear(layer: ResolvedLayer): layer is Linear {
  return (
    (layer.type === 'conv2d' || layer.type === 'dense') &&
    (layer.spec.activation ?? 'linear') === 'linear'
  );
}

/** gamma (x - mean) / deviation + beta, as factor x + shift for each channel. */
function asFactorAndShift(
  layer: ResolvedLayer<'batchNormalization'>,
  values: Net['values'],
): { factor: number[]; shift: number[] } {
  const get = (slot: string) => valueOf(values, `${layer.name}.${slot}`);
  const [gamma, beta, mean, variance] = [get('gamma'), get('beta'), get('mean'), get('variance')];
  const factor = Array.from(gamma, (scale, channel) => {
    return scale / Math.sqrt(variance[channel]! + epsilonOf(layer.spec));
  });
  const shift = factor.map((scale, channel) => beta[channel]! - scale * mean[channel]!);
  return { factor, shift };
}

function scaleOutputs(
  layer: Linear,
  values: Map<string, Float32Array>,
  factor: readonly number[],
  shift: readonly number[],
): void {
  const kernel = valueOf(values, `${layer.name}.kernel`);
  const channels = factor.length;
  // A convolution's kernel is [outputs, ...], a dense one [inputs, outputs].
  const perOutput = kernel.length / channels;
  const outputOf = (index: number) =>
    layer.type === 'conv2d' ? Math.floor(index / perOutput) : index % channels;
  values.set(
    `${layer.name}.kernel`,
    kernel.map((weight, index) => weight * factor[outputOf(index)]!),
  );
  const bias = layer.spec.useBias === false ? undefined : valueOf(values, `${layer.name}.bias`);
  values.set(
    `${layer.name}.bias`,
    Float32Array.from(
      shift,
      (offset, channel) => (bias?.[channel] ?? 0) * factor[channel]! + offset,
    ),
  );
}

function withBias(layer: Linear): Linear {
  return layer.type === 'conv2d'
    ? { ...layer, spec: { ...layer.spec, useBias: true } }
    : { ...layer, spec: { ...layer.spec, useBias: true } };
}

function valueOf(values: Net['values'], name: string): Float32Array {
  const value = values.get(name);
  assert(value, `${name} is missing: this is our bug`);
  return value;
}

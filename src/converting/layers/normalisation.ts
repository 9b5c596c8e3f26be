import type { WeightArray } from '../tensors/weight-array.ts';
import {
  normaliseBatch,
  normaliseGroups,
  normaliseLayer,
  normaliseLength,
  type Affine,
} from '../operations/normalisation.ts';
import { shownShape, unsupported } from '../refusals.ts';
import type { Tensor } from '../tensors/tensor.ts';
import type { Layer, LayerKind } from './layer.ts';
import { requireSetting } from './settings.ts';

/** The axes a layer names, counted from the front. */
function axesOf({ settings }: Layer, input: Tensor, otherwise = -1): number[] {
  const axes = !settings.isSet('axis') ? [otherwise] : settings.list('axis');
  const rank = input.shape.length;
  return axes.map((axis) => (axis < 0 ? axis + rank : axis)).toSorted((a, b) => a - b);
}

/** Most normalisations are converted along the last axis only. */
export function requireLastAxis(layer: Layer, input: Tensor): void {
  const axes = axesOf(layer, input);
  if (axes.length === 1 && axes[0] === input.shape.length - 1) return;
  throw unsupported(`${layer.title} is along the axes ${shownShape(axes)}, and not along the last`);
}

const batch: LayerKind = (layer, input) => {
  const { graph, settings, weights, title } = layer;
  requireLastAxis(layer, input);
  requireSetting(settings, 'renorm', [false, null], title);
  const channels = input.shape.at(-1)!;
  const filled = (value: number): Float32Array => new Float32Array(channels).fill(value);
  const gamma = settings.flag('scale', true) ? weights.take('gamma').data : filled(1);
  const beta = settings.flag('center', true) ? weights.take('beta').data : filled(0);
  const mean = weights.take('moving_mean').data;
  const variance = weights.take('moving_variance').data;
  const epsilon = settings.number('epsilon', 1e-3);
  return normaliseBatch(graph, input, { gamma, beta, mean, variance }, epsilon);
};

function affineOf({ settings, weights }: Layer): Affine {
  const take = (name: string): WeightArray => weights.take(name);
  return {
    gamma: settings.flag('scale', true) ? take('gamma').data : undefined,
    beta: settings.flag('center', true) ? take('beta').data : undefined,
  };
}

const layerNormalisation: LayerKind = (layer, input) => {
  const { graph, settings, title } = layer;
  requireSetting(settings, 'rms_scaling', [false], title);
  const axes = axesOf(layer, input);
  const [first = 0] = axes;
  const areLast = axes.every((axis, at) => axis === first + at) && first > 0;
  if (!areLast || first + axes.length !== input.shape.length) {
    throw unsupported(
      `${title} is along the axes ${shownShape(axes)}, which are not the last ones`,
    );
  }
  return normaliseLayer(graph, input, affineOf(layer), first, settings.number('epsilon', 1e-3));
};

const groups: LayerKind = (layer, input) => {
  const { graph, settings } = layer;
  requireLastAxis(layer, input);
  const asked = settings.number('groups', 32);
  const count = asked === -1 ? input.shape.at(-1)! : asked;
  const affine = affineOf(layer);
  return normaliseGroups(graph, input, affine, count, settings.number('epsilon', 1e-3));
};

const unit: LayerKind = (layer, input) => {
  requireLastAxis(layer, input);
  return normaliseLength(layer.graph, input);
};

/** Layers that bring numbers to a mean and a spread. */
export const normalisingLayers: Readonly<Record<string, LayerKind>> = {
  BatchNormalization: batch,
  BatchNormalizationV1: batch,
  BatchNormalizationV2: batch,
  SyncBatchNormalization: batch,
  LayerNormalization: layerNormalisation,
  GroupNormalization: groups,
  UnitNormalization: unit,
};

import { nearest } from '../../nearest.ts';
import { shown, unsupported } from '../refusals.ts';
import type { Tensor } from '../tensors/tensor.ts';
import { activationLayers } from './activations.ts';
import { weightedLayers } from './convolutions.ts';
import type { Layer, LayerKind } from './layer.ts';
import { mergingLayers } from './merging.ts';
import { normalisingLayers } from './normalisation.ts';
import { poolingLayers } from './pooling.ts';
import { idleLayers, preprocessingLayers } from './preprocessing.ts';
import { requireSetting } from './settings.ts';
import { shapingLayers } from './shaping.ts';

/** Every layer of Keras that is converted, by the name of its class. */
export const layerKinds: Readonly<Record<string, LayerKind>> = {
  ...weightedLayers,
  ...poolingLayers,
  ...normalisingLayers,
  ...activationLayers,
  ...shapingLayers,
  ...mergingLayers,
  ...preprocessingLayers,
  ...Object.fromEntries(idleLayers.map((name): [string, LayerKind] => [name, (_, input) => input])),
};

/** What a layer of that class makes of what it is called with. GLIMPSE_MODEL_UNSUPPORTED for one that is not converted. */
export function applyLayer(className: string, layer: Layer, inputs: readonly Tensor[]): Tensor {
  const kind = Object.hasOwn(layerKinds, className) ? layerKinds[className] : undefined;
  if (!kind) throw unknownLayer(className, layer.title);
  const [first] = inputs;
  if (!first) throw unsupported(`${layer.title} is called with nothing`);
  requireSetting(layer.settings, 'data_format', ['channels_last', null], layer.title);
  return kind(layer, first, inputs);
}

function unknownLayer(className: string, title: string): Error {
  const meant = nearest(className, Object.keys(layerKinds));
  const help = meant === undefined ? '' : ` (${meant} is)`;
  return unsupported(
    `${title} is a layer of the class ${shown(className)}, which is not converted${help}: replace it, or export the model with tf2onnx or torch.onnx and publish the ONNX file`,
  );
}

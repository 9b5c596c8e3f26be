import { layerWeights } from '../layers/layer.ts';
import type { ModelWeights } from '../topology/model-weights.ts';
import type { LayerConfig, ModelConfig } from '../topology/net-config.ts';
import { unreadable } from '../refusals.ts';
import type { HdfGroup } from '../containers/hdf5/hdf5-file.ts';
import type { WeightArray } from '../tensors/weight-array.ts';

/**
 * The weights of a .keras file (and of save_weights("....weights.h5")): a group for each layer, called after its class and
 * numbered in the order of the layers, with its arrays 0, 1, ... in "vars".
 */
export function kerasWeights(model: ModelConfig, group: HdfGroup): ModelWeights {
  const layers = group.group('layers');
  if (!layers) throw unreadable('its weights hold no layers');
  const places = placesOf(model);
  const groupOf = (layer: LayerConfig): HdfGroup => {
    const found = layers.group(places.get(layer) ?? '');
    if (found) return found;
    throw unreadable(`its weights hold none for ${layer.title}`);
  };
  return {
    layer(layer) {
      const { title } = layer;
      // Layers without weights are not written by every version of Keras.
      const place = places.get(layer) ?? '';
      const variables = layers.group(`${place}/vars`);
      return layerWeights(title, variables ? arraysOf(variables) : []);
    },
    model: (layer) =>
      layer.model ? kerasWeights(layer.model, groupOf(layer)) : refuse(layer.title),
  };
}

function refuse(title: string): never {
  throw unreadable(`${title} is no model`);
}

function arraysOf(variables: HdfGroup): WeightArray[] {
  const arrays: WeightArray[] = [];
  for (;;) {
    const array = variables.numbers(String(arrays.length));
    if (!array) return arrays;
    arrays.push(array);
  }
}

/** The name of each layer's group: "conv2d", "conv2d_1". */
function placesOf({ layers, isSequential }: ModelConfig): Map<LayerConfig, string> {
  const places = new Map<LayerConfig, string>();
  const counts = new Map<string, number>();
  for (const layer of layers) {
    const isOutside = layer.isOperation || (isSequential && layer.className === 'InputLayer');
    if (isOutside) continue;
    const name = snakeCase(layer.className);
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    places.set(layer, count === 0 ? name : `${name}_${count}`);
  }
  return places;
}

/** "BatchNormalization" as "batch_normalization", the way Keras does it. */
function snakeCase(className: string): string {
  return className
    .replaceAll(/\W+/g, '')
    .replaceAll(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

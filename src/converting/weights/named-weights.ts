import { lastPart, layerWeights } from '../layers/layer.ts';
import { unreadable } from '../refusals.ts';
import type { WeightArray } from '../tensors/weight-array.ts';
import type { ModelWeights } from '../topology/model-weights.ts';

/** Arrays with the names they had in their model: "conv2d/kernel:0", "model/conv2d/kernel". */
export type NamedArrays = readonly { readonly name: string; readonly array: () => WeightArray }[];

/**
 * Weights that are kept under the names of their layers: those of .h5 files and of TF.js. `arraysOf` gives those that are kept
 * for a layer of the outermost model, in the order in which it has them; undefined for one that has none.
 */
export function namedWeights(
  arraysOf: (layer: string, isModel: boolean) => NamedArrays | undefined,
): ModelWeights {
  const within = (outer: string | undefined): ModelWeights => ({
    layer({ name, title }) {
      const all = arraysOf(outer ?? name, outer !== undefined) ?? [];
      const own = outer === undefined ? all : all.filter((one) => isOf(one.name, name));
      if (new Set(own.map((one) => one.name)).size < own.length) {
        throw unreadable(`${title} has two weights of one name`);
      }
      return layerWeights(
        title,
        own.map(({ array }) => array()),
        own.map((one) => one.name),
      );
    },
    model: ({ name }) => within(outer ?? name),
  });
  return within(undefined);
}

/** The weights of a model of TF.js, which are all in one list. */
export function tfjsWeights(arrays: NamedArrays): ModelWeights {
  return namedWeights((layer, isModel) =>
    isModel ? arrays : arrays.filter(({ name }) => isOf(name, layer)),
  );
}

/** Whether an array is of the layer of that name, which may have slashes in it. */
function isOf(array: string, layer: string): boolean {
  const path = array.slice(0, array.length - (array.split('/').at(-1)?.length ?? 0) - 1);
  return path === layer || path.endsWith(`/${layer}`) || lastPart(path) === layer;
}

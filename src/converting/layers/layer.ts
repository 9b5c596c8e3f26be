import type { WeightArray } from '../tensors/weight-array.ts';
import { unreadable } from '../refusals.ts';
import type { NetGraph } from '../tensors/net-graph.ts';
import type { Tensor } from '../tensors/tensor.ts';
import type { Settings } from './settings.ts';

/** The numbers that a layer learnt. */
export interface LayerWeights {
  /** The next of them in the order Keras makes them, or the one of such a name where names are known. */
  take(...names: readonly string[]): WeightArray;
}

/** One call of a layer of Keras that is to become a part of the graph. */
export interface Layer {
  /** Its class and name, for errors. */
  readonly title: string;
  readonly graph: NetGraph;
  readonly settings: Settings;
  readonly weights: LayerWeights;
  /** Keras 2 and 3 mean different things by some names. */
  readonly isKeras2: boolean;
}

/** What a layer makes of what it is called with. */
export type LayerKind = (layer: Layer, input: Tensor, inputs: readonly Tensor[]) => Tensor;

/** A layer's numbers, by name where there are names, else one after the other. */
export function layerWeights(
  title: string,
  arrays: readonly WeightArray[],
  names: readonly string[] = [],
): LayerWeights {
  let next = 0;
  return {
    take(...wanted) {
      const at = names.findIndex((name) => wanted.includes(lastPart(name)));
      const array = arrays[at < 0 ? next : at];
      next += 1;
      if (!array) throw unreadable(`${title} has no weights called ${wanted.join(' or ')}`);
      return array;
    },
  };
}

/** "conv2d/kernel:0" is the kernel. */
export function lastPart(name: string): string {
  return (name.split('/').at(-1) ?? name).replace(/:\d+$/, '');
}

import { decodeModel } from '../onnx-model.ts';
import { cutAt, findFeatures, hasInnerGraphs } from './find-features.ts';
import { buildFeatureGraph, type JoinedGraph } from './join-graphs.ts';

/** A graph as it is served. */
export interface ServedGraph {
  readonly model: Uint8Array;
  readonly input: string;
  readonly output: string;
  /** [channels, height, width] of one image. */
  readonly shape: readonly [number, number, number];
}

/** The same graph up to what goes into its last layer, [N, features]; or why nobody can say what that is. */
export function buildServedFeatures({
  model,
  input,
  output,
  shape,
}: ServedGraph): JoinedGraph | { readonly fault: string } {
  const decoded = decodeModel(model);
  const found = findFeatures(decoded, output);
  if ('fault' in found) return found;
  const cut = cutAt(decoded, found.name);
  if (hasInnerGraphs(cut)) return { fault: 'it has graphs within its graph' };
  // A net whose only layer is its last one finds in an image what the image is.
  if (found.name !== input && cut.graph.input.length !== 1) {
    return { fault: 'its features are not made of its image alone' };
  }
  const taken = { name: input, layout: 'NCHW', shape } as const;
  return buildFeatureGraph({ model: cut, features: found.name, input: taken });
}

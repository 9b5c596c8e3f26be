import { resolveArchitecture, type ArchitectureContext } from './architectures.ts';
import { foldedLayers } from './folding.ts';
import { slotsOf, type ResolvedLayer } from './layers/kinds.ts';
import { readInitialisers, type Initialiser } from './read-initialisers.ts';

/** A net that was trained here, as it is served: the layers that are left of its architecture, and their weights. */
export interface TrainedNet {
  readonly layers: readonly ResolvedLayer[];
  /** By state name: `2.dense.kernel`. */
  readonly values: ReadonlyMap<string, Float32Array>;
}

/**
 * The layers of a net by its architecture and the weights in its graph; undefined where the graph is not the one that our
 * own builder makes of that architecture.
 */
export function readTrained(
  architecture: unknown,
  context: ArchitectureContext,
  model: Uint8Array,
): TrainedNet | undefined {
  const layers = foldedLayers(resolveArchitecture(architecture, context));
  const values = valuesOf(layers, readInitialisers(model));
  return values && { layers, values };
}

/** The weights of a graph begin with those of its layers, in their order. */
function valuesOf(
  layers: readonly ResolvedLayer[],
  initialisers: readonly Initialiser[],
): Map<string, Float32Array> | undefined {
  const values = new Map<string, Float32Array>();
  for (const layer of layers) {
    for (const { slot, shape } of slotsOf(layer)) {
      const found = initialisers[values.size];
      if (!found?.floats || found.shape.join() !== shape.join()) return undefined;
      values.set(`${layer.name}.${slot}`, found.floats);
    }
  }
  return values;
}

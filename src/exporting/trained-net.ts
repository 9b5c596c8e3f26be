import { resolveArchitecture } from '../neural/architectures.ts';
import { foldedLayers } from '../neural/folding.ts';
import { readInitialisers, type Initialiser } from '../neural/read-initialisers.ts';
import { slotsOf, type ResolvedLayer } from '../neural/layers/kinds.ts';
import type { Manifest } from '../repository/manifest.ts';
import { cannotExport } from './cannot-export.ts';

/** A net that was trained here, as it is served: the layers that are left of its architecture, and their weights. */
export interface TrainedNet {
  readonly layers: readonly ResolvedLayer[];
  /** By state name: `2.dense.kernel`. */
  readonly values: ReadonlyMap<string, Float32Array>;
  /** [channels, height, width] of one example. */
  readonly inputShape: readonly [number, number, number];
}

/**
 * The layers of a version, by the architecture in its lineage and the weights in its graph. Rejects with
 * GLIMPSE_EXPORT_UNSUPPORTED for a graph that our own builder did not write.
 */
export function readTrainedNet(
  { lineage, signature, runtime, preprocessing }: Manifest,
  model: Uint8Array,
): TrainedNet {
  const { architecture } = lineage;
  if (runtime !== 'onnx' || architecture === undefined) {
    throw cannotExport(
      'it was not trained here, so that its layers are not known: export it as onnx, or convert what it was made from',
    );
  }
  if (architecture === 'transfer') {
    throw cannotExport(
      'most of it is the backbone that it was trained on top of, whose layers are not known: export it as onnx',
    );
  }
  const { channels, height, width } = preprocessing;
  const inputShape = [channels, height, width] as const;
  const classes = signature.classes.length;
  const layers = foldedLayers(resolveArchitecture(architecture, { inputShape, classes }));
  return { layers, inputShape, values: valuesOf(layers, readInitialisers(model)) };
}

/** The weights of a graph begin with those of its layers, in their order. */
function valuesOf(
  layers: readonly ResolvedLayer[],
  initialisers: readonly Initialiser[],
): Map<string, Float32Array> {
  const values = new Map<string, Float32Array>();
  for (const layer of layers) {
    for (const { slot, shape } of slotsOf(layer)) {
      const found = initialisers[values.size];
      if (!found?.floats || found.shape.join() !== shape.join()) {
        throw cannotExport(
          'its graph is not the one that its architecture makes: it was quantised or changed after training; export it as onnx',
        );
      }
      values.set(`${layer.name}.${slot}`, found.floats);
    }
  }
  return values;
}

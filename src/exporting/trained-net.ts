import { readTrained, type TrainedNet as Net } from '../neural/trained-net.ts';
import type { Manifest } from '../repository/manifest.ts';
import { cannotExport } from './cannot-export.ts';

/** A net that was trained here, as it is served. */
export interface TrainedNet extends Net {
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
  const net = readTrained(architecture, { inputShape, classes: signature.classes.length }, model);
  if (!net) {
    throw cannotExport(
      'its graph is not the one that its architecture makes: it was quantised or changed after training; export it as onnx',
    );
  }
  return { ...net, inputShape };
}

import { newCallId } from '../../src/evidence/prediction-id.ts';
import type { PredictedCall, PredictedImage } from '../../src/evidence/predicted-call.ts';
import { pixelsProvenance } from '../../src/image/provenance.ts';
import type { Baseline } from '../../src/repository/baseline.ts';
import type { Manifest } from '../../src/repository/manifest.ts';
import { tinySignature } from '../support/tiny-onnx.ts';
import { tinyPreprocessing } from '../support/tiny-version.ts';

/** A manifest with what evidence looks at. */
export function manifestWith({
  model = 'digits',
  version = 1,
  baseline,
  classes = tinySignature.classes,
}: {
  model?: string;
  version?: number;
  baseline?: Baseline;
  classes?: string[];
}): Manifest {
  return {
    formatVersion: 1,
    model,
    version,
    createdAt: '',
    writerId: '',
    runtime: 'onnx',
    entry: 'model.onnx',
    files: [],
    signature: { ...tinySignature, classes },
    preprocessing: tinyPreprocessing,
    golden: [],
    lineage: {},
    metrics: {},
    ...(baseline && { baseline }),
  };
}

/** The prediction of an image. */
export function anImage(changes: Partial<PredictedImage> = {}): PredictedImage {
  return {
    index: 0,
    label: 'left',
    score: 0.9,
    warnings: [],
    provenance: pixelsProvenance,
    marks: [],
    brightness: 0.5,
    contrast: undefined,
    file: undefined,
    ...changes,
  };
}

/** A call with these images, numbered in their order. */
export function aCall(
  images: readonly PredictedImage[] = [anImage()],
  manifest: Manifest = manifestWith({}),
  time?: number,
): PredictedCall {
  return {
    id: newCallId(time),
    manifest,
    digests: { model: 'sha256:aa', preprocessing: 'sha256:bb' },
    images: images.map((image, index) => ({ ...image, index })),
  };
}

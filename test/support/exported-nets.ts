import ort from 'onnxruntime-node';
import { normalise } from '../../src/image/prepare-pixels.ts';
import { resolveArchitecture } from '../../src/neural/architectures.ts';
import { buildInferenceGraph } from '../../src/neural/inference-graph.ts';
import { slotsOf } from '../../src/neural/layers/kinds.ts';
import type { ContractTwo } from '../../src/preprocessing/contract-two.ts';
import type { Preprocessing } from '../../src/preprocessing/contract.ts';
import { plainContract } from '../../src/preprocessing/presets.ts';
import { createRandom } from '../../src/random.ts';
import type { Manifest } from '../../src/repository/manifest.ts';
import { sizeOf, softmax } from '../../src/tensor.ts';

/** Nets with random weights that together have every kind of layer, in every place where it matters. */
export const exportedArchitectures = {
  convolutions: {
    layers: [
      { type: 'batchNormalization' },
      { type: 'conv2d', filters: 5, kernelSize: [3, 2], padding: 'same', activation: 'leakyRelu' },
      { type: 'batchNormalization' },
      { type: 'maxPool2d', padding: 'same' },
      { type: 'conv2d', filters: 4, kernelSize: 3, useBias: false },
      { type: 'batchNormalization' },
      { type: 'activation', activation: 'gelu' },
      { type: 'averagePool2d', strides: 1, padding: 'same' },
      { type: 'flatten' },
      { type: 'dropout', rate: 0.3 },
      { type: 'dense', units: 7, activation: 'elu', useBias: false },
      { type: 'dense' },
    ],
  },
  averages: {
    layers: [
      { type: 'conv2d', filters: 5, kernelSize: 3, strides: 2, activation: 'tanh' },
      { type: 'globalAveragePooling2d' },
      { type: 'dense' },
    ],
  },
  memories: {
    layers: [
      { type: 'lstm', units: 4, returnSequences: true },
      { type: 'simpleRnn', units: 5 },
      { type: 'dense' },
    ],
  },
  gates: {
    layers: [
      { type: 'gru', units: 4, returnSequences: true },
      { type: 'flatten' },
      { type: 'dense' },
    ],
  },
} as const;

export interface ExportedCase {
  readonly manifest: Manifest;
  readonly model: Uint8Array;
  /** Levels of three images in the order height, width, channels (RGB, alpha last). */
  readonly pixels: Uint8Array;
  /** [images, height, width, channels]. */
  readonly shape: readonly number[];
  /** What a server answers to them. */
  readonly probabilities: readonly number[];
}

const images = 3;
const [height, width] = [9, 8];
const classes = ['a', 'b', 'c'];

const normalisations: Record<1 | 3 | 4, Partial<ContractTwo>> = {
  1: { mean: [0.1], std: [0.3] },
  3: { colourSpace: 'bgr', mean: [0.41, 0.45, 0.48], std: [0.22, 0.23, 0.24] },
  4: { mean: [0.41, 0.45, 0.48, 0.5], std: [0.22, 0.23, 0.24, 0.25] },
};

/** A version of such a net, and what ONNX Runtime answers when our own code has prepared the pixels. */
export async function exportedCase(
  name: keyof typeof exportedArchitectures,
  channels: 1 | 3 | 4,
): Promise<ExportedCase> {
  const random = createRandom(7);
  const architecture = exportedArchitectures[name];
  const inputShape = [channels, height, width];
  const layers = resolveArchitecture(architecture, { inputShape, classes: classes.length });
  const values = new Map(
    layers.flatMap((layer) =>
      slotsOf(layer).map(({ slot, shape }): [string, Float32Array] => [
        `${layer.name}.${slot}`,
        Float32Array.from({ length: sizeOf(shape) }, () =>
          slot === 'variance' ? 0.1 + random.next() : random.next() - 0.5,
        ),
      ]),
    ),
  );
  const { model } = buildInferenceGraph({ layers, inputShape, values, temperature: 1.7 });
  const preprocessing: Preprocessing = {
    ...plainContract({ width, height, channels }),
    ...normalisations[channels],
  };
  const size = height * width * channels;
  const pixels = Uint8Array.from({ length: images * size }, () => random.integer(256));
  const batch = new Float32Array(pixels.length);
  for (let at = 0; at < pixels.length; at += size) {
    normalise(pixels.subarray(at, at + size), preprocessing, 'NCHW', batch, at);
  }
  const session = await ort.InferenceSession.create(model);
  const image = new ort.Tensor('float32', batch, [images, ...inputShape]);
  const logits = Array.from((await session.run({ image }))['logits']!.data, Number);
  await session.release();
  const rows = [0, 1, 2].map((row) => softmax(logits.slice(3 * row, 3 * row + 3)));
  return {
    manifest: manifestOf(architecture, preprocessing, inputShape),
    model,
    pixels,
    shape: [images, height, width, channels],
    probabilities: rows.flat(),
  };
}

function manifestOf(
  architecture: unknown,
  preprocessing: Preprocessing,
  shape: number[],
): Manifest {
  return {
    formatVersion: 1,
    model: 'shapes',
    version: 3,
    createdAt: '2026-11-28T00:00:00.000Z',
    writerId: 'tests',
    runtime: 'onnx',
    entry: 'model.onnx',
    files: [{ path: 'model.onnx', size: 1, sha256: '0'.repeat(64) }],
    signature: {
      input: { name: 'image', dtype: 'float32', layout: 'NCHW', shape },
      output: { name: 'logits', kind: 'logits' },
      classes,
    },
    preprocessing,
    golden: [],
    lineage: { architecture },
    metrics: {},
  };
}

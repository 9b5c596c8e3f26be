import { encodePng } from '../../src/image/encode-png.ts';
import type { VersionDraft } from '../../src/repository/repository.ts';
import type { Preprocessing } from '../../src/preprocessing/contract.ts';
import { mnistPreprocessing } from '../../src/preprocessing/contract-one.ts';
import { softmax } from '../../src/tensor.ts';
import { tinyLogits, tinyModel, tinySignature } from './tiny-onnx.ts';

/** Images of two by two grey pixels, and versions of the tiny model that really classify them. */
export const tinyPreprocessing: Preprocessing = {
  ...mnistPreprocessing,
  width: 2,
  height: 2,
  canonicalise: 'none',
};

export const tinyPixels = {
  dark: [0, 0, 0, 0],
  left: [255, 0, 255, 0],
  bright: [255, 255, 255, 255],
} as const;

export type TinyClass = keyof typeof tinyPixels;

export function tinyPng(name: TinyClass): Promise<Buffer> {
  const size = { width: 2, height: 2, channels: 1 as const };
  return encodePng(Uint8Array.from(tinyPixels[name]), size);
}

/** What a version with this shift scores, in the order of its classes. */
export function tinyScores(name: TinyClass, shift = 0): number[] {
  return softmax(
    tinyLogits(
      tinyPixels[name].map((pixel) => pixel / 255),
      shift,
    ),
  );
}

/** A version ready to be published; `shift` makes its answers tell it from others. */
export async function tinyDraft(
  options: { model?: string; shift?: number; label?: string; onnx?: Uint8Array } = {},
): Promise<VersionDraft> {
  const { model = 'digits', shift = 0, label, onnx } = options;
  const scores = tinyScores('left', shift);
  const answered = tinySignature.classes[scores.indexOf(Math.max(...scores))]!;
  return {
    model,
    runtime: 'onnx',
    entry: 'model.onnx',
    signature: tinySignature,
    preprocessing: tinyPreprocessing,
    golden: onnx ? [] : [{ file: 'golden/left.png', label: answered, scores }],
    lineage: { source: 'tests' },
    metrics: { accuracy: 1 },
    files: new Map<string, Uint8Array>([
      ['model.onnx', onnx ?? tinyModel({ shift })],
      ['golden/left.png', await tinyPng('left')],
    ]),
    ...(label !== undefined && { label }),
  };
}

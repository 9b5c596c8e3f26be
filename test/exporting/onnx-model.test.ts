import ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { onnxModel } from '../../src/exporting/onnx-model.ts';
import type { Manifest } from '../../src/repository/manifest.ts';
import { readGraph } from '../../src/runtime/onnx-file/read-graph.ts';
import { softmax } from '../../src/tensor.ts';
import { exportedCase } from '../support/exported-nets.ts';
import { withExternalData } from '../support/external-onnx.ts';
import { tinyLogits, tinyModel, tinySignature } from '../support/tiny-onnx.ts';
import { tinyPreprocessing } from '../support/tiny-version.ts';

/** What an exported graph answers to pixels, and its ports. */
async function run(model: Uint8Array, pixels: Uint8Array, shape: readonly number[]) {
  const session = await ort.InferenceSession.create(model);
  const { inputMetadata, outputMetadata } = session;
  const [input] = session.inputNames;
  const tensor = new ort.Tensor('uint8', pixels, [...shape]);
  const found = await session.run({ [input!]: tensor });
  await session.release();
  const scores = Array.from(found[session.outputNames[0]!]!.data, Number);
  return { scores, inputMetadata, outputMetadata };
}

const close = (found: readonly number[], wanted: readonly number[]): void => {
  expect(found).toHaveLength(wanted.length);
  wanted.forEach((score, place) => expect(found[place]).toBeCloseTo(score, 5));
};

const tiny = (input: object, output: object = {}): Manifest =>
  ({
    model: 'tiny',
    version: 2,
    runtime: 'onnx',
    signature: {
      ...tinySignature,
      input: { ...tinySignature.input, ...input },
      output: { ...tinySignature.output, ...output },
    },
    preprocessing: { ...tinyPreprocessing, mean: [0], std: [1], scale: 1 / 255 },
  }) as Manifest;
const levels = Uint8Array.of(0, 255, 51, 102);
const shares = [...levels].map((level) => level / 255);

describe('a version as a graph of its own', () => {
  it.each([1, 3, 4] as const)(
    'takes the pixels of images of %i channels and answers as a server does',
    async (channels) => {
      const { manifest, model, pixels, shape, probabilities } = await exportedCase(
        'convolutions',
        channels,
      );
      const found = await run(onnxModel(manifest, model), pixels, shape);
      close(found.scores, probabilities);
      expect(found.inputMetadata).toMatchObject([
        { name: 'pixels', type: 'uint8', shape: ['N', 9, 8, channels] },
      ]);
      expect(found.outputMetadata).toMatchObject([
        { name: 'probabilities', type: 'float32', shape: ['N', 3] },
      ]);
    },
  );

  it.each([
    ['NHWC', [2, 2, 1]],
    ['NHW', [2, 2]],
    ['NC', [4]],
  ] as const)('feeds a graph that takes %s', async (layout, shape) => {
    const model = tinyModel({ inputShape: shape });
    const found = await run(onnxModel(tiny({ layout, shape }), model), levels, [1, 2, 2, 1]);
    close(found.scores, softmax(tinyLogits(shares)));
  });

  it('feeds bytes to a graph that takes bytes', async () => {
    const manifest = tiny({ dtype: 'uint8' });
    const asTheyAre = { ...manifest.preprocessing, scale: 1 };
    const model = tinyModel({ inputType: 'uint8' });
    const exported = onnxModel({ ...manifest, preprocessing: asTheyAre }, model);
    close((await run(exported, levels, [1, 2, 2, 1])).scores, softmax(tinyLogits(shares)));
  });

  it('keeps a fixed batch, names that are taken, and scores that are probabilities already', async () => {
    const names = { inputName: 'pixels', outputName: 'probabilities' };
    const model = tinyModel({ ...names, batch: 1, head: 'softmax' });
    const manifest = tiny(
      { name: 'pixels', batch: 1 },
      { name: 'probabilities', kind: 'probabilities' },
    );
    const found = await run(onnxModel(manifest, model), levels, [1, 2, 2, 1]);
    close(found.scores, softmax(tinyLogits(shares)));
    expect(found.inputMetadata).toMatchObject([{ name: 'pixels_2', shape: [1, 2, 2, 1] }]);
    expect(found.outputMetadata).toMatchObject([{ name: 'probabilities_2', shape: [1, 3] }]);
  });

  it('says in its metadata what its classes are, whose version it is, and how its pixels were made', () => {
    const { metadata } = readGraph(onnxModel(tiny({}), tinyModel()));
    expect(JSON.parse(metadata.get('classes')!)).toEqual(tinySignature.classes);
    expect(metadata.get('glimpse_version')).toBe('2');
    expect(JSON.parse(metadata.get('glimpse_preprocessing')!)).toMatchObject({ width: 2 });
    const again = onnxModel(tiny({}, {}), onnxModel(tiny({}), tinyModel()));
    expect(again.length).toBeGreaterThan(0);
  });

  it.each([
    ['whose weights lie beside it', { ...tiny({}) }, withExternalData(tinyModel(), 'w.bin').graph],
    ['of TensorFlow', { ...tiny({}), runtime: 'tensorflow' as const }, tinyModel()],
  ])('is refused of a model %s', (_what, manifest, model) => {
    expect(() => onnxModel(manifest, model)).toThrow(
      expect.objectContaining({ code: 'GLIMPSE_EXPORT_UNSUPPORTED', statusCode: 422 }),
    );
  });
});

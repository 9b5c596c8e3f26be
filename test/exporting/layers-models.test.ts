import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { kerasFile } from '../../src/exporting/keras-file.ts';
import { kerasLayers } from '../../src/exporting/keras-layers.ts';
import { tfjsModel } from '../../src/exporting/tfjs-model.ts';
import { readTrainedNet } from '../../src/exporting/trained-net.ts';
import { exportedCase, type ExportedCase } from '../support/exported-nets.ts';
import { openOracle } from '../neural/tfjs-oracle.ts';
import { tinyModel } from '../support/tiny-onnx.ts';

beforeAll(openOracle);

const layersOf = ({ manifest, model }: ExportedCase) =>
  kerasLayers(readTrainedNet(manifest, model), manifest.preprocessing);

describe('a net that was trained here, as a layers model of TensorFlow.js', () => {
  it.each([
    ['convolutions', 1],
    ['convolutions', 3],
    ['averages', 3],
    ['averages', 4],
    ['memories', 1],
    ['memories', 3],
  ] as const)('answers pixels as the server does: %s over %i channels', async (name, channels) => {
    const exported = await exportedCase(name, channels);
    const files = tfjsModel(layersOf(exported), exported.shape.slice(1), { name, metadata: {} });
    const json = JSON.parse(Buffer.from(files['model.json']).toString());
    const [group] = json.weightsManifest;
    const model = await loadLayersModel({
      load: () =>
        Promise.resolve({
          modelTopology: json.modelTopology,
          weightSpecs: group.weights,
          weightData: Uint8Array.from(files['weights.bin']).buffer,
        }),
    });
    const pixels = tf.tensor(Float32Array.from(exported.pixels), [...exported.shape]);
    const answers = await (model.predict(pixels) as tf.Tensor).data();
    exported.probabilities.forEach((wanted, place) => {
      expect(answers[place]).toBeCloseTo(wanted, 6);
    });
    model.dispose();
  });

  it('refuses a GRU, whose reset TensorFlow.js has elsewhere', async () => {
    const exported = await exportedCase('gates', 1);
    const about = { name: 'gates', metadata: {} };
    expect(() => tfjsModel(layersOf(exported), [9, 8, 1], about)).toThrow(
      expect.objectContaining({ code: 'GLIMPSE_EXPORT_UNSUPPORTED' }),
    );
  });
});

describe('the layers of a version', () => {
  it('are refused of a model that was not trained here, and where the graph is another one', async () => {
    const { manifest, model } = await exportedCase('averages', 1);
    expect(() => readTrainedNet({ ...manifest, lineage: {} }, model)).toThrow('not trained here');
    const changed = (): unknown => readTrainedNet(manifest, tinyModel());
    expect(changed).toThrow('is not the one that its architecture makes');
    expect(changed).toThrow(expect.objectContaining({ statusCode: 422 }));
  });
});

describe('a net that was trained here, as a file of Keras', () => {
  it('has a Sequential over pixels, and the weights of each layer under the name of its class', async () => {
    const exported = await exportedCase('convolutions', 3);
    const about = { name: 'shapes', createdAt: '2026-11-28T00:00:00.000Z' };
    const files = kerasFile(layersOf(exported), [9, 8, 3], about);
    const config = JSON.parse(Buffer.from(files['config.json']).toString());
    expect(config).toMatchObject({
      class_name: 'Sequential',
      config: { build_input_shape: [null, 9, 8, 3] },
    });
    expect(config.config.layers[0]).toMatchObject({ class_name: 'InputLayer' });
    const text = Buffer.from(files['model.weights.h5']).toString('latin1');
    for (const name of ['conv2d', 'conv2d_1', 'conv2d_2', 'dense_1', 'leaky_re_lu']) {
      expect(text).toContain(`${name}\0`);
    }
    // The address of its end, which readers hold against the length of the file.
    const end = Buffer.from(files['model.weights.h5']).readBigUInt64LE(40);
    expect(end).toBe(BigInt(files['model.weights.h5'].length));
    expect(kerasFile(layersOf(exported), [9, 8, 3], about)).toEqual(files);
  });
});

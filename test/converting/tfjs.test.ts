import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { convertFile, type ConvertedModel } from '../../src/converting/convert-file.ts';
import { isGlimpseError } from '../../src/errors.ts';
import { openOracle } from '../neural/tfjs-oracle.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { differenceFrom } from './agreement.ts';

const folder = await temporaryFolder();
const shape = [2, 7, 5, 3];
const maxBytes = 8 * 1024 * 1024;
let net: tfl.LayersModel;
let artifacts: tf.io.ModelArtifacts;

/** Weights that let no layer pass for another. */
function fill(model: tfl.LayersModel): void {
  const values = model.weights.map(({ name, shape: lengths }, at) => {
    const sizes = lengths as number[];
    const count = sizes.reduce((product, length) => product * length, 1);
    const numbers = Array.from({ length: count }, (_, i) => Math.sin(i * 0.3 + at) / 2);
    const isVariance = name.includes('variance');
    return tf.tensor(
      numbers.map((value) => (isVariance ? Math.abs(value) + 0.3 : value)),
      sizes,
    );
  });
  model.setWeights(values);
}

function build(): tfl.LayersModel {
  const { layers } = tfl;
  const image = tfl.input({ shape: [7, 5, 3] });
  const conv = layers
    .conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' })
    .apply(image) as tfl.SymbolicTensor;
  const normal = layers.batchNormalization({}).apply(conv) as tfl.SymbolicTensor;
  const inner = tfl.sequential({
    layers: [
      layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', inputShape: [4, 3, 4] }),
      layers.leakyReLU({}),
    ],
  });
  const branch = inner.apply(normal) as tfl.SymbolicTensor;
  const sum = layers.add().apply([normal, branch]) as tfl.SymbolicTensor;
  const gate = layers.activation({ activation: 'hardSigmoid' }).apply(sum) as tfl.SymbolicTensor;
  const flat = layers.flatten().apply(gate) as tfl.SymbolicTensor;
  const scores = layers.dense({ units: 5, activation: 'softmax' }).apply(flat);
  return tfl.model({ inputs: image, outputs: scores as tfl.SymbolicTensor });
}

beforeAll(async () => {
  await openOracle();
  net = build();
  fill(net);
  await net.save(
    tf.io.withSaveHandler(async (saved) => {
      artifacts = saved;
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
});

type Manifest = { paths: string[]; weights: tf.io.WeightsManifestEntry[] }[];

/** The model as its files, in a folder of its own. */
async function write(
  name: string,
  change: (weights: Buffer, specs: tf.io.WeightsManifestEntry[]) => [Buffer[], Manifest] = (
    weights,
    specs,
  ) => [[weights], [{ paths: ['group1-shard1of1.bin'], weights: specs }]],
): Promise<string> {
  const own = join(folder, name);
  await mkdir(own);
  const weights = Buffer.from(artifacts.weightData as ArrayBuffer);
  const [shards, weightsManifest] = change(weights, artifacts.weightSpecs ?? []);
  const paths = weightsManifest.flatMap((group) => group.paths);
  for (const [at, bytes] of shards.entries()) await writeFile(join(own, paths[at]!), bytes);
  const json = { format: 'layers-model', modelTopology: artifacts.modelTopology, weightsManifest };
  await writeFile(join(own, 'model.json'), JSON.stringify(json));
  return join(own, 'model.json');
}

async function convert(file: string): Promise<ConvertedModel & { model: Uint8Array }> {
  const to = `${file}.onnx`;
  const known = await convertFile({ file, to, said: undefined, maxBytes });
  return { ...known, model: await readFile(to) };
}

/** What tf.js answers to the images of the fixtures. */
async function expected(): Promise<Parameters<typeof differenceFrom>[0]> {
  const count = shape.reduce((product, length) => product * length, 1);
  const values = Array.from({ length: count }, (_, at) => Math.fround(Math.sin(at * 0.7)));
  const scores = await (net.predict(tf.tensor(values, shape)) as tf.Tensor).data();
  const output = Buffer.from(Float32Array.from(scores).buffer).toString('base64');
  return { shape, levels: 1, output };
}

/** Why a model is refused whose shard has so many bytes. */
async function refusal(paths: string[], bytes: number): Promise<string> {
  const name = `bad-${paths.join().replaceAll(/\W/g, '_')}-${bytes}`;
  const file = await write(name, (_, specs) => [[], [{ paths, weights: specs }]]);
  await writeFile(join(folder, name, 'w.bin'), Buffer.alloc(bytes));
  const error: unknown = await convert(file).catch((reason: unknown) => reason);
  return isGlimpseError(error) ? `${error.code} ${error.message}` : String(error);
}

describe('layers models of TF.js as ONNX', () => {
  it('answer as tf.js does', async () => {
    const { model, classes, isImage } = await convert(await write('plain'));
    expect(await differenceFrom(await expected(), model)).toBeLessThan(1e-5);
    expect({ classes, isImage }).toEqual({ classes: undefined, isImage: true });
  });

  it('are read from several shards, wherever those are cut', async () => {
    const file = await write('sharded', (weights, specs) => [
      [weights.subarray(0, 101), weights.subarray(101)],
      [{ paths: ['a.bin', 'b.bin'], weights: specs }],
    ]);
    expect(await differenceFrom(await expected(), (await convert(file)).model)).toBeLessThan(1e-5);
  });

  it.each(['uint8', 'uint16', 'float16'] as const)('are read quantised: %s', async (dtype) => {
    const file = await write(`quantised-${dtype}`, (weights, specs) => {
      const floats = new Float32Array(new Uint8Array(weights).buffer);
      const range = dtype === 'uint8' ? 255 : 65_535;
      const [min, scale] = [-0.5, 1.8 / range];
      const bytes =
        dtype === 'float16'
          ? Uint16Array.from(floats, halfOf)
          : new (dtype === 'uint8' ? Uint8Array : Uint16Array)(
              [...floats].map((value) => Math.round((value - min) / scale)),
            );
      const quantization = dtype === 'float16' ? { dtype } : { dtype, min, scale };
      const marked = specs.map((spec) => ({ ...spec, quantization }));
      return [[Buffer.from(bytes.buffer)], [{ paths: ['q.bin'], weights: marked }]];
    });
    const difference = await differenceFrom(await expected(), (await convert(file)).model);
    // Eight bits move a weight by a hundred and fortieth of its greatest.
    expect(difference).toBeLessThan(dtype === 'uint8' ? 0.05 : 1e-3);
    expect(difference).toBeGreaterThan(0);
  });

  it('bring the names of their classes along, as Teachable Machine writes them', async () => {
    const file = await write('named');
    const labels = ['a', 'b', 'c', 'd', 'e'];
    await writeFile(join(folder, 'named', 'metadata.json'), JSON.stringify({ labels }));
    expect((await convert(file)).classes).toEqual(labels);
  });

  it('are refused when a shard is missing, too short, or outside of their folder', async () => {
    expect(await refusal(['w.bin'], 12)).toMatch(/FILE_INVALID .*shards end before/);
    expect(await refusal(['w.bin'], maxBytes + 1)).toMatch(/FILE_TOO_LARGE/);
    expect(await refusal(['x.bin'], 1)).toMatch(/FILE_INVALID .*not beside model.json/);
    expect(await refusal(['../plain/model.json'], 1)).toMatch(/FILE_INVALID .*no file beside/);
    expect(await refusal(['/etc/passwd'], 1)).toMatch(/FILE_INVALID .*no file beside/);
  });
});

/** The nearest half to a number that has one, without its rarer cases. */
function halfOf(value: number): number {
  const [bits = 0] = new Uint32Array(Float32Array.of(value).buffer);
  const exponent = ((bits >>> 23) & 255) - 112;
  if (exponent <= 0) return (bits >>> 16) & 0x8000;
  return ((bits >>> 16) & 0x8000) | ((exponent << 10) + (((bits & 0x7fffff) + 0x1000) >>> 13));
}

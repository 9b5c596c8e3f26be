import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { convertFile } from '../../src/converting/convert-file.ts';
import { convertModel } from '../../src/converting/convert-model.ts';
import { isGlimpseError, type GlimpseError } from '../../src/errors.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { zip } from '../support/zip.ts';
import { fixtures } from './agreement.ts';

const folder = await temporaryFolder();
const to = join(folder, 'model.onnx');
const maxBytes = 8 * 1024 * 1024;
const weights = await readFile(join(fixtures, 'tutorial.weights.h5'));
const chain = await readFile(join(fixtures, 'chain.h5'));
let written = 0;

async function fileOf(bytes: Uint8Array | string, ending = 'keras'): Promise<string> {
  written += 1;
  const file = join(folder, `${written}.${ending}`);
  await writeFile(file, bytes);
  return file;
}

/** The error of the catalogue that some work ends with. */
async function refusalOf(work: Promise<unknown>): Promise<GlimpseError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (isGlimpseError(error)) return error;
  throw new Error('it ended otherwise', { cause: error });
}

/** Why a file is not converted. */
async function refusal(bytes: Uint8Array | string, ending?: string): Promise<string> {
  const file = await fileOf(bytes, ending);
  const error = await refusalOf(convertFile({ file, to, said: undefined, maxBytes }));
  return `${error.code} ${error.message}`;
}

/** A .keras file of a chain of layers behind an input. */
const chainOf = (layers: readonly object[], shape: unknown = [null, 4, 3, 1]): Buffer =>
  archive({
    class_name: 'Sequential',
    config: {
      name: 'net',
      layers: [{ class_name: 'InputLayer', config: { batch_shape: shape } }, ...layers],
    },
  });
const archive = (config: unknown): Buffer =>
  zip([
    { name: 'config.json', data: JSON.stringify(config) },
    { name: 'model.weights.h5', data: weights, stored: true },
  ]);
/** A net whose configuration is this text. */
const netOfJson = (config: string): Buffer =>
  zip([
    { name: 'config.json', data: `{"class_name": "Sequential", "config": ${config}}` },
    { name: 'model.weights.h5', data: weights, stored: true },
  ]);
/** A number within so many lists. */
const listsIn = (levels: number): unknown =>
  JSON.parse(`${'['.repeat(levels)}1${']'.repeat(levels)}`);
const layer = (className: string, config: object = {}): object => ({
  class_name: className,
  config: { name: 'one', ...config },
});

/** A tensor as functional models name it. */
const ref = (name: string): object => ({
  class_name: '__keras_tensor__',
  config: { keras_history: [name, 0, 0] },
});

/** A layer called with the result of another. */
const called = (name: string, by: string): object => ({
  class_name: 'ReLU',
  name,
  config: { name },
  inbound_nodes: [{ args: [ref(by)], kwargs: {} }],
});

/** A functional model behind the layer "in". */
const graph = (layers: object[], output: string): object => ({
  class_name: 'Functional',
  config: {
    name: 'net',
    layers,
    input_layers: [['in', 0, 0]],
    output_layers: [[output, 0, 0]],
  },
});

describe('files that are no nets', () => {
  it('refuses broken archives and what unpacks to far more than it is', async () => {
    const config = { name: 'config.json', data: '{}' };
    expect(await refusal(zip([config]))).toMatch(/FILE_INVALID .*without model.weights.h5/);
    expect(await refusal(zip([{ name: 'manifest.json', data: Buffer.from('{}') }]))).toMatch(
      /without config.json.* send it to POST/,
    );
    const bomb = { name: 'model.weights.h5', data: weights, declaredSize: 2 ** 26 };
    expect(await refusal(zip([config, bomb]))).toMatch(/FILE_TOO_LARGE .*8388608 bytes/);
    const lying = { ...bomb, declaredSize: 10 };
    expect(await refusal(zip([config, lying]))).toMatch(/FILE_INVALID .*broken/);
    const damaged = { name: 'model.weights.h5', data: weights, crc: 1 };
    expect(await refusal(zip([config, damaged]))).toMatch(/FILE_INVALID .*damaged/);
    expect(await refusal(zip([config, config]))).toMatch(/FILE_INVALID .*twice/);
  });

  it('refuses an HDF5 file cut anywhere, and any byte of it changed, with an error of its own', async () => {
    const codes = new Set<string>();
    const attempt = async (bytes: Uint8Array): Promise<void> => {
      const file = await fileOf(bytes, 'h5');
      await convertFile({ file, to, said: undefined, maxBytes }).catch((error: unknown) => {
        codes.add(error instanceof Error && 'code' in error ? String(error.code) : String(error));
      });
    };
    for (let length = 8; length < chain.length; length += 2999) {
      await attempt(chain.subarray(0, length));
    }
    for (let at = 8; at < chain.length; at += 337) {
      const bytes = Buffer.from(chain);
      bytes[at] = bytes[at]! ^ 0xff;
      await attempt(bytes);
    }
    const own = ['GLIMPSE_MODEL_FILE_INVALID', 'GLIMPSE_MODEL_UNSUPPORTED'];
    expect([...codes].filter((code) => !own.includes(code))).toEqual([]);
    expect(codes.size).toBe(2);
  });

  it('refuses an attribute of HDF5 that says it has more texts than bytes, of no byte each', async () => {
    const bytes = Buffer.from(chain);
    const name = 'weight_names\0';
    for (let at = bytes.indexOf(name); at !== -1; at = bytes.indexOf(name, at + 1)) {
      const type = at + 16;
      const space = type + Math.ceil(bytes.readUInt16LE(at - 4) / 8) * 8;
      // Of one axis, where a layer has weights.
      if (bytes[space] !== 1 || bytes[space + 1] !== 1) continue;
      bytes[type] = 0x13;
      bytes.writeUInt32LE(0, type + 4);
      bytes.writeBigUInt64LE(2n ** 40n, space + 8);
    }
    expect(bytes.equals(chain)).toBe(false);
    const file = await fileOf(bytes, 'h5');
    const error = await refusalOf(convertFile({ file, to, said: undefined, maxBytes }));
    expect(error).toMatchObject({
      code: 'GLIMPSE_MODEL_FILE_INVALID',
      message: expect.stringContaining('weight_names is longer than it is'),
    });
  });

  it('refuses an array of HDF5 that says it is larger than the file', async () => {
    const bytes = Buffer.from(weights);
    const dataspace = bytes.indexOf(Buffer.from('01020001', 'hex'));
    bytes.writeBigUInt64LE(2n ** 40n, dataspace + 8);
    const name = await fileOf(bytes, 'weights.h5');
    await writeFile(
      name.replace('.weights.h5', '.json'),
      await readFile(join(fixtures, 'tutorial.json')),
    );
    const error = await refusalOf(convertFile({ file: name, to, said: undefined, maxBytes }));
    expect(error.code).toBe('GLIMPSE_MODEL_FILE_INVALID');
  });
});

describe('nets that are not converted', () => {
  it('names a layer it does not know, its author’s own, and an option', async () => {
    expect(await refusal(chainOf([layer('LSTM')]))).toMatch(
      /UNSUPPORTED .*"one" \(LSTM\) is a layer of the class "LSTM", which is not converted/,
    );
    expect(await refusal(chainOf([layer('Conv2d')]))).toMatch(/\(Conv2D is\)/);
    const own = { ...layer('Mine'), registered_name: 'Mine>Mine' };
    expect(await refusal(chainOf([own]))).toMatch(/UNSUPPORTED .*code is not in the file/);
    expect(await refusal(chainOf([layer('Activation', { activation: 'wave' })]))).toMatch(
      /UNSUPPORTED .*activation "wave"; converted are linear, relu/,
    );
    expect(
      await refusal(chainOf([layer('MaxPooling2D', { data_format: 'channels_first' })])),
    ).toMatch(/UNSUPPORTED .*data_format of "channels_first"/);
    expect(
      await refusal(chainOf([layer('Lambda', { function: { class_name: '__lambda__' } })])),
    ).toMatch(/UNSUPPORTED .*"Lambda"/);
  });

  it('refuses weights of another shape than the layer, and missing ones', async () => {
    const conv = layer('Conv2D', { kernel_size: [3, 3], activation: 'relu' });
    expect(await refusal(chainOf([conv]))).toMatch(/FILE_INVALID .*no weights called kernel/);
    // The first dense layer of the tutorial takes 12 values, not 3.
    const dense = layer('Dense', { units: 6 });
    expect(await refusal(chainOf([dense]))).toMatch(
      /UNSUPPORTED .*\[12, 6\] does not fit 1 values/,
    );
  });

  it('refuses a window that does not fit and numbers that are none', async () => {
    const pool = layer('MaxPooling2D', { pool_size: [9, 9] });
    expect(await refusal(chainOf([pool]))).toMatch(/UNSUPPORTED .*9 x 9 does not fit into 4 x 3/);
    for (const size of ['two', [1, 2, 3], [0, 1], [2.5, 1], 1e9]) {
      const wrong = layer('MaxPooling2D', { pool_size: size });
      expect(await refusal(chainOf([wrong]))).toMatch(/FILE_INVALID .*"pool_size"/);
    }
  });

  it('shows eight lengths of a shape and the beginning of a value, however many and deep they are', async () => {
    const many = layer('Reshape', { target_shape: Array.from({ length: 20_000 }, () => 2) });
    expect(await refusal(chainOf([many]))).toMatch(
      /UNSUPPORTED .*\[4, 3, 1\] cannot become \[2, 2, 2, 2, 2, 2, 2, 2, \.\.\. 19992 more\]\.$/,
    );
    const rank = [null, ...Array.from({ length: 30_000 }, () => 1)];
    expect((await refusal(chainOf([], rank))).length).toBeLessThan(250);
    const long = { wave: Array.from({ length: 100_000 }, (_, at) => at), text: 'a'.repeat(1e6) };
    const wave = await refusal(chainOf([layer('Activation', { activation: long })]));
    expect(wave).toMatch(/activation "\{\\"wave\\":\[0,1,2,3,.*\.\.\."; converted are/);
    expect(wave.length).toBeLessThan(600);
    const lists = layer('MaxPooling2D', { pool_size: listsIn(40) });
    expect(await refusal(chainOf([lists]))).toMatch(/FILE_INVALID .*"pool_size" of "\[\[\[/);
  });

  it('refuses JSON nested without end before anything walks through it, and counts no brackets of texts', async () => {
    for (const levels of [500, 200_000]) {
      const deep = `${'['.repeat(levels)}${']'.repeat(levels)}`;
      expect(await refusal(netOfJson(deep))).toMatch(/FILE_INVALID .*deeper than 500 levels/);
    }
    const name = JSON.stringify(`\\"${'['.repeat(1000)}`);
    const named = `{"name": ${name}, "layers": []}`;
    expect(await refusal(netOfJson(named))).not.toMatch(/deeper/);
  });

  it('asks for the size of images where the net leaves it open', async () => {
    const open = chainOf([layer('GlobalAveragePooling2D')], [null, null, null, 3]);
    expect(await refusal(open)).toMatch(/UNSUPPORTED .*\[\?, \?, 3\].*name their width and height/);
    const said = { width: 5, height: 4 };
    await convertFile({ file: await fileOf(open), to, said, maxBytes });
  });

  it('refuses circles, models in models without end, and calls that multiply', async () => {
    const input = {
      class_name: 'InputLayer',
      name: 'in',
      config: { batch_shape: [null, 4, 3, 1] },
      inbound_nodes: [],
    };
    const circle = graph([input, called('a', 'b'), called('b', 'a')], 'a');
    expect(await refusal(archive(circle))).toMatch(/FILE_INVALID .*in a circle/);
    expect(await refusal(archive(graph([input, called('a', 'in')], 'c')))).toMatch(/FILE_INVALID/);

    let deep: object = { class_name: 'Sequential', config: { layers: [] } };
    for (let i = 0; i < 50; i += 1) deep = { class_name: 'Sequential', config: { layers: [deep] } };
    expect(await refusal(archive(deep))).toMatch(/FILE_INVALID .*too deep/);

    let many: object = { class_name: 'Dropout', config: { name: 'in' } };
    for (let i = 0; i < 12; i += 1) {
      const layers = Array.from({ length: 4 }, () => many);
      many = { class_name: 'Sequential', config: { name: 'in', layers } };
      if (i > 5) break;
    }
    expect(await refusal(archive(many))).toMatch(/UNSUPPORTED|FILE_INVALID/);
  });
});

it('ends the thread of a conversion that takes too long', async () => {
  const file = join(fixtures, 'every-layer.keras');
  const request = { file, to, said: undefined, maxBytes };
  const error = await refusalOf(convertModel(request, { limitMs: 0 }));
  expect(error.code).toBe('GLIMPSE_MODEL_TIMEOUT');
  expect(await convertModel(request, { limitMs: 60_000 })).toEqual({
    takesLevels: false,
    isImage: true,
  });
});

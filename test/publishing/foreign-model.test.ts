import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageInput, readPreprocessing, signatureOf } from '../../src/publishing/foreign-model.ts';
import { contractFault } from '../../src/preprocessing/fault.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glimpse-contract-'));
});
afterAll(() => rm(folder, { recursive: true }));

const input = (...shape: (number | string)[]) => ({
  name: 'image',
  type: 'float32',
  shape: ['N', ...shape],
});
const ofJson = async (value: unknown, port = input(3, 224, 224)) => {
  const file = join(folder, 'contract.json');
  await writeFile(file, JSON.stringify(value));
  return readPreprocessing(file, port);
};

describe('how images are prepared for a model trained elsewhere', () => {
  it.each([
    ['imagenet-torchvision', { mode: 'shorter-side', kernel: 'linear', antialias: true }],
    // What was called so does what torchvision does.
    ['imagenet', { mode: 'shorter-side', kernel: 'linear', antialias: true }],
    ['imagenet-keras-caffe', { mode: 'fill', kernel: 'nearest', antialias: false }],
    ['imagenet-keras-tf', { mode: 'fill', kernel: 'nearest', antialias: false }],
    ['imagenet-keras-torch', { mode: 'fill', kernel: 'nearest', antialias: false }],
  ])('is what %s does', async (name, resize) => {
    const contract = await readPreprocessing(name, input(3, 224, 224));
    expect(contract).toMatchObject({
      contract: 2,
      width: 224,
      height: 224,
      channels: 3,
      resize,
      icc: 'ignore',
      exif: 'ignore',
      alpha: 'drop',
    });
    expect(contractFault(contract)).toBeUndefined();
  });

  it('has the size of the graph for names that have none', async () => {
    expect(await readPreprocessing('plain', input(3, 20, 30))).toMatchObject({
      width: 30,
      height: 20,
      channels: 3,
      resize: { mode: 'fill', size: { width: 30, height: 20 } },
    });
    expect(await readPreprocessing('handwriting', input(1, 32, 32))).toMatchObject({
      width: 32,
      canonicalise: 'handwriting',
      alpha: 'ink',
    });
    expect(await readPreprocessing('mnist', input('C', 'H', 'W'))).toMatchObject({
      width: 28,
      height: 28,
      channels: 1,
      canonicalise: 'none',
    });
  });

  it('is a preset and what a file says beside it', async () => {
    const contract = await ofJson({ preset: 'imagenet-torchvision', exif: 'apply' });
    expect(contract).toEqual({
      ...(await readPreprocessing('imagenet-torchvision', input(3, 224, 224))),
      exif: 'apply',
    });
    const open = await ofJson({ width: 8, height: 9, channels: 3 }, input('C', 'H', 'W'));
    expect(open).toMatchObject({ width: 8, height: 9, channels: 3 });
  });

  it.each([
    [{ preset: 'imagenet-torchvision', width: 299, height: 299 }, /for images of 224x224x3/],
    [{ resize: { kernel: 'nearest', antialias: true } }, /antialias must be false/],
    [{ resize: { kernel: 'bilinear' } }, /"resize\.kernel" must be one of nearest,/],
    [{ crop: { size: { width: 3, height: 3 } } }, /crop\.size is 3 x 3/],
    [{ preset: 'imagenet-torch' }, /"preset" must be one of plain, mnist, /],
    [{ resise: {} }, /did you mean "resize"/],
  ])('is refused in words where it does not hold together: %j', async (value, reason) => {
    await expect(ofJson(value)).rejects.toThrow(reason);
  });
});

const port = (type: string) => ({ ...input(1, 2, 2), type });

const graphOf = (inputType: string, outputType = 'float32') => ({
  inputs: [port(inputType)],
  outputs: [{ name: 'scores', type: outputType, shape: ['N', 2] }],
});
const signedOf = async (source: string, ...types: [string, string?]) => {
  const graph = graphOf(...types);
  const preprocessing = await readPreprocessing(source, graph.inputs[0]!);
  return signatureOf(graph, preprocessing, ['a', 'b'], { kind: 'logits' });
};

describe('the type of the numbers that a graph takes', () => {
  it.each(['float32', 'uint8', 'float16'])('may be %s, and scores may be halves', async (type) => {
    const { input: signed } = await signedOf('{}', type, 'float16');
    expect(signed).toEqual({ name: 'image', dtype: type, layout: 'NCHW', shape: [1, 2, 2] });
  });

  it('decides how pixels are scaled where that is left open, and not where it is said', async () => {
    expect(await readPreprocessing('{"exif": "ignore"}', port('uint8'))).toMatchObject({
      exif: 'ignore',
      scale: 1,
      mean: [0],
      std: [1],
    });
    expect(await readPreprocessing('{}', port('float16'))).toMatchObject({ scale: 1 / 255 });
    expect(await readPreprocessing('{"scale": 0.5}', port('uint8'))).toMatchObject({ scale: 0.5 });
  });

  it.each(['plain', '{"mean": [1], "scale": 1}', '{"std": [2], "scale": 1}', '{"scale": 0.5}'])(
    'refuses bytes that %s scales to other numbers, and says what to do',
    async (source) => {
      await expect(signedOf(source, 'uint8')).rejects.toThrow(
        /whole numbers from 0 to 255 \(uint8\).* set scale to 1, mean to 0 and std to 1/,
      );
    },
  );

  it('is refused by its name when it is another', async () => {
    expect(() => imageInput([port('int32')])).toThrow(
      'one input of float32, uint8, float16, and takes "image" of int32 [N, 1, 2, 2]',
    );
    await expect(signedOf('{}', 'float32', 'int64')).rejects.toThrow('"scores" of int64 [N, 2]');
  });
});

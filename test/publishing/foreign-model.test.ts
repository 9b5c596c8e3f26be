import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPreprocessing } from '../../src/publishing/foreign-model.ts';
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

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { npy } from '../support/npy.ts';
import { zip } from '../support/zip.ts';
import { read, readText, temporaryFolder } from './dataset-files.ts';

const fixture = (name: string): Promise<Buffer> =>
  readFile(join(import.meta.dirname, 'numpy-files', `${name}.npz`));

/** Twelve images of 4x4, as write-fixtures.py makes them. */
const allPixels = Array.from({ length: 12 }, (_, i) =>
  Array.from({ length: 16 }, (_unused, p) => (i * 37 + p * 11) % 256),
).flat();

/** Two images of 2x2, "a" and "b". */
const pixels = [0, 1, 2, 3, 252, 253, 254, 255];
const images = npy({ descr: '|u1', shape: [2, 2, 2], data: Uint8Array.from(pixels) });
const labels = npy({ descr: '|S1', shape: [2], data: Buffer.from('ab') });

const npz = (arrays: Readonly<Record<string, Uint8Array>>): Buffer =>
  zip(Object.entries(arrays).map(([name, data]) => ({ name: `${name}.npy`, data })));

describe('.npz files of real writers', () => {
  it('are read as keras has them: x_train and y_train, with x_test held out', async () => {
    const { dataset, format, heldOut, notes, ignored } = await readText(
      'mnist.npz',
      await fixture('keras'),
    );
    expect(format).toBe('numpy');
    expect([...dataset.pixels]).toEqual(allPixels);
    expect([...dataset.labels]).toEqual(Array.from({ length: 12 }, (_, i) => i % 3));
    expect(dataset.shape).toEqual({ width: 4, height: 4, channels: 1 });
    expect(heldOut).toEqual({ split: 'test' });
    expect(notes).toEqual([
      '"x_test.npy", "y_test.npy" beside "x_train.npy" are other splits of the dataset; they are not learnt from.',
    ]);
    expect(ignored.count).toBe(0);
  });

  it('give the split that is asked for, and then hold nothing out', async () => {
    const opened = await readText('mnist.npz', await fixture('keras'), { split: 'test' });
    expect(opened.dataset.labels).toHaveLength(6);
    expect(opened.heldOut).toBeUndefined();
    await expect(
      readText('mnist.npz', await fixture('keras'), { split: 'validation' }),
    ).rejects.toThrow('it has no arrays of the split "validation"; its arrays are "x_test.npy"');
  });

  it('are read as MedMNIST has them: one label in a list each, test held out and not val', async () => {
    const { dataset, heldOut } = await readText('m.npz', await fixture('medmnist'));
    expect([...dataset.pixels]).toEqual(allPixels);
    expect(dataset.classes).toEqual(['0', '1', '2']);
    expect(heldOut).toEqual({ split: 'test' });
    const validation = await readText('m.npz', await fixture('medmnist'), { split: 'validation' });
    expect(validation.dataset.labels).toHaveLength(3);
  });

  it('are read in Fortran order, with labels of text', async () => {
    const { dataset } = await readText('f.npz', await fixture('fortran'));
    expect([...dataset.pixels]).toEqual(allPixels);
    expect(dataset.classes).toEqual(['cat', 'dog', 'emu']);
  });

  it('are refused when they hold Python objects, and nothing of those is run', async () => {
    await expect(readText('o.npz', await fixture('objects'))).rejects.toThrow(
      'y.npy: it holds Python objects (pickle), which are never unpacked here',
    );
  });

  it('are read from a folder that holds one', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'mnist.npz'), await fixture('keras'));
    await writeFile(join(folder, 'README.md'), '# digits');
    expect((await read(folder, { uri: '.' })).dataset.labels).toHaveLength(12);
  });
});

describe('arrays of a .npz', () => {
  it.each([
    ['images', 'labels'],
    ['X', 'y'],
    ['data', 'target'],
    ['x', 'y'],
    ['train_images', 'train_labels'],
    ['Xtrain', 'ytrain'],
    ['x-train', 'y-train'],
  ])('are paired by their names: %s and %s', async (first, second) => {
    const { dataset } = await readText('a.npz', npz({ [second]: labels, [first]: images }));
    expect([...dataset.pixels]).toEqual(pixels);
    expect(dataset.classes).toEqual(['a', 'b']);
  });

  it('that have no known names are asked for, and taken when they are named', async () => {
    const given = npz({ arr_0: images, arr_1: labels });
    await expect(readText('a.npz', given)).rejects.toMatchObject({
      message: expect.stringContaining('choose one by labelColumn (--label-column)'),
      details: { option: 'labelColumn', columns: ['arr_0', 'arr_1'] },
    });
    const named = await readText('a.npz', given, { labelColumn: 'arr_1' });
    expect([...named.dataset.pixels]).toEqual(pixels);
  });

  it('of which several could be the images are asked for', async () => {
    const given = npz({ photo: images, mask: images, label: labels });
    await expect(readText('a.npz', given)).rejects.toMatchObject({
      message: expect.stringContaining(
        'several of its columns could hold its images ("mask", "photo")',
      ),
      details: { option: 'imageColumn', columns: ['label', 'mask', 'photo'] },
    });
    const { dataset, ignored } = await readText('a.npz', given, { imageColumn: 'photo' });
    expect([...dataset.pixels]).toEqual(pixels);
    expect(ignored.names).toEqual(['mask.npy']);
    await expect(readText('a.npz', given, { imageColumn: 'photos' })).rejects.toThrow(
      'it has no column "photos" that holds images',
    );
  });

  it.each([1, 2, 3] as const)('may be of version %i of the format', async (version) => {
    const x = npy({ descr: '|u1', shape: [2, 4], data: Uint8Array.from(pixels), version });
    const { dataset } = await readText('a.npz', npz({ x, y: labels }));
    expect([...dataset.pixels]).toEqual(pixels);
  });
});

/** Code points of four bytes each. */
function textOf(characters: readonly string[], isBigEndian: boolean): Buffer {
  const bytes = Buffer.alloc(characters.length * 4);
  characters.forEach((one, index) => {
    if (isBigEndian) bytes.writeUInt32BE(one.codePointAt(0)!, index * 4);
    else bytes.writeUInt32LE(one.codePointAt(0)!, index * 4);
  });
  return bytes;
}

/** Two values of every type, and the bytes of a number in it. */
const numbers: readonly (readonly [
  string,
  number,
  (view: DataView, at: number, value: number) => void,
])[] = [
  ['|b1', 1, (view, at, value) => view.setUint8(at, value)],
  ['|i1', 1, (view, at, value) => view.setInt8(at, value)],
  ['<i2', 2, (view, at, value) => view.setInt16(at, value, true)],
  ['>i2', 2, (view, at, value) => view.setInt16(at, value)],
  ['<u2', 2, (view, at, value) => view.setUint16(at, value, true)],
  ['>i4', 4, (view, at, value) => view.setInt32(at, value)],
  ['<u4', 4, (view, at, value) => view.setUint32(at, value, true)],
  ['>i8', 8, (view, at, value) => view.setBigInt64(at, BigInt(value))],
  ['<u8', 8, (view, at, value) => view.setBigUint64(at, BigInt(value), true)],
  ['>f4', 4, (view, at, value) => view.setFloat32(at, value)],
  ['<f8', 8, (view, at, value) => view.setFloat64(at, value, true)],
];

const half = (...bits: number[]): Buffer => Buffer.from(Uint16Array.from(bits).buffer);

describe('values of an array', () => {
  it.each(numbers)('of the type %s are read as they are', async (descr, size, put) => {
    const data = new Uint8Array(8 * size);
    const view = new DataView(data.buffer);
    const values = [0, 1, 0, 1, 1, 1, 0, 0];
    values.forEach((value, index) => put(view, index * size, value));
    const x = npy({ descr, shape: [2, 4], data });
    const { dataset } = await readText('a.npz', npz({ x, y: labels }), { range: 1 });
    expect([...dataset.pixels]).toEqual(values.map((value) => value * 255));
  });

  it('of the type <f2 are read: fractions, small ones, and none that is a number', async () => {
    // 1, 0.5, 0 and 2 ** -24; then infinity.
    const good = npy({
      descr: '<f2',
      shape: [2, 4],
      data: half(0x3c00, 0x3800, 0, 1, 0, 0x3c00, 0, 0),
    });
    const { dataset } = await readText('a.npz', npz({ x: good, y: labels }), { range: 1 });
    expect([...dataset.pixels]).toEqual([255, 128, 0, 0, 0, 255, 0, 0]);
    const bad = npy({ descr: '<f2', shape: [2, 4], data: half(0, 0, 0x7c00, 0, 0, 0, 0, 0) });
    await expect(readText('a.npz', npz({ x: bad, y: labels }))).rejects.toMatchObject({
      details: {
        badRows: {
          rows: [{ line: 1, element: 0, reason: 'pixel 2 is not a number from 0 to 255' }],
        },
      },
    });
  });

  it('are labels of text or numbers, in either order of bytes', async () => {
    for (const descr of ['<U3', '>U3']) {
      const y = npy({
        descr,
        shape: [2],
        data: textOf(['n', 'é', '\0', 'o', '\0', '\0'], descr === '>U3'),
      });
      expect((await readText('a.npz', npz({ x: images, y }))).dataset.classes).toEqual(['né', 'o']);
    }
    const y = npy({ descr: '>i4', shape: [2, 1], data: Buffer.from([0, 0, 0, 7, 0, 0, 0, 12]) });
    expect((await readText('a.npz', npz({ x: images, y }))).dataset.classes).toEqual(['7', '12']);
  });

  it('of colour are read with channels last or first', async () => {
    const colours = Uint8Array.from({ length: 2 * 2 * 4 * 3 }, (_, index) => index * 5);
    const last = npy({ descr: '|u1', shape: [2, 2, 4, 3], data: colours });
    const { dataset } = await readText('a.npz', npz({ x: last, y: labels }));
    expect(dataset.shape).toEqual({ height: 2, width: 4, channels: 3 });
    expect([...dataset.pixels]).toEqual([...colours]);
    const first = npy({ descr: '|u1', shape: [2, 3, 2, 4], data: colours });
    const planes = (await readText('a.npz', npz({ x: first, y: labels }))).dataset;
    expect(planes.shape).toEqual({ height: 2, width: 4, channels: 3 });
    expect([...planes.pixels.subarray(0, 6)]).toEqual([0, 40, 80, 5, 45, 85]);
  });
});

describe('.npy files', () => {
  it.each([
    ['images.npy', 'labels.npy'],
    ['X.npy', 'y.npy'],
    ['x_train.npy', 'y_train.npy'],
    ['train_data.npy', 'train_targets.npy'],
  ])('beside each other are a pair: %s and %s', async (first, second) => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, first), images);
    await writeFile(join(folder, second), labels);
    for (const uri of [first, '.']) {
      expect([...(await read(folder, { uri })).dataset.pixels]).toEqual(pixels);
    }
  });

  it('are a pair when both are uploaded, or the labels are named', async () => {
    const folder = await temporaryFolder();
    const [x, y] = [join(folder, '1'), join(folder, '2')];
    await writeFile(x, images);
    await writeFile(y, labels);
    const uploads = [
      { part: 'data', name: 'x.npy', file: x },
      { part: 'data', name: 'y.npy', file: y },
    ];
    expect([...(await read(folder, {}, { uploads })).dataset.pixels]).toEqual(pixels);
    await writeFile(join(folder, 'photos.npy'), images);
    await writeFile(join(folder, 'kinds.npy'), labels);
    const named = { uri: 'photos.npy', labelsUri: 'kinds.npy', labelColumn: 'kinds' };
    expect([...(await read(folder, named)).dataset.pixels]).toEqual(pixels);
  });

  it('without their labels are refused with the names that would do', async () => {
    await expect(readText('x.npy', images)).rejects.toThrow(
      'it takes an array of images and one of labels (x.npy and y.npy, images.npy and labels.npy); there is only "x.npy"',
    );
  });
});

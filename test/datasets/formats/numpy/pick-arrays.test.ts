import { describe, expect, it } from 'vitest';
import {
  pickArrays,
  type ArrayChoice,
} from '../../../../src/datasets/formats/numpy/pick-arrays.ts';
import { planArrays } from '../../../../src/datasets/formats/numpy/plan-arrays.ts';
import { localFile, localFilesSource } from '../../../../src/datasets/places/local.ts';
import type { DatasetFile } from '../../../../src/datasets/source.ts';
import type { DatasetSpec } from '../../../../src/datasets/spec.ts';
import { npy, type NpyArray } from '../../../support/npy.ts';
import { refusalOf } from '../../../support/refusal-of.ts';
import { folderWith } from '../../pictures.ts';

const filesOf = (names: readonly string[]) => names.map((name) => ({ name }) as DatasetFile);
const free: ArrayChoice = { labelColumn: undefined, imageColumn: undefined, split: undefined };

/** The names of what is picked among arrays of these names. */
function pick(names: readonly string[], choice: Partial<ArrayChoice> = {}) {
  const picked = pickArrays(filesOf(names), { ...free, ...choice });
  const { images, labels, others, heldOut } = picked;
  return [images.name, labels.name, others.map(({ name }) => name), heldOut];
}

const splits = ['x_test.npy', 'x_train.npy', 'x_val.npy', 'y_test.npy', 'y_train.npy', 'y_val.npy'];

describe('the arrays of a dataset', () => {
  it.each<[string[], Partial<ArrayChoice>, unknown[]]>([
    [['a/y.npy', 'a/x.npy', 'a/z.txt'], {}, ['a/x.npy', 'a/y.npy', [], undefined]],
    [['IMAGES.NPY.GZ', 'labels.npy'], {}, ['IMAGES.NPY.GZ', 'labels.npy', [], undefined]],
    [['Xtrain.npy', 'ytrain.npy'], {}, ['Xtrain.npy', 'ytrain.npy', [], undefined]],
    [
      ['train-images.npy', 'train_labels.npy'],
      {},
      ['train-images.npy', 'train_labels.npy', [], undefined],
    ],
    [
      splits,
      {},
      [
        'x_train.npy',
        'y_train.npy',
        ['x_test.npy', 'x_val.npy', 'y_test.npy', 'y_val.npy'],
        'test',
      ],
    ],
    [
      splits,
      { split: 'validation' },
      [
        'x_val.npy',
        'y_val.npy',
        ['x_test.npy', 'x_train.npy', 'y_test.npy', 'y_train.npy'],
        undefined,
      ],
    ],
    [
      splits,
      { split: 'test' },
      [
        'x_test.npy',
        'y_test.npy',
        ['x_train.npy', 'x_val.npy', 'y_train.npy', 'y_val.npy'],
        undefined,
      ],
    ],
    [
      splits.filter((name) => !name.includes('test')),
      {},
      ['x_train.npy', 'y_train.npy', ['x_val.npy', 'y_val.npy'], 'validation'],
    ],
    [
      splits.filter((name) => !name.includes('train')),
      {},
      ['x_test.npy', 'y_test.npy', ['x_val.npy', 'y_val.npy'], undefined],
    ],
    [
      splits.filter((name) => name !== 'y_test.npy'),
      {},
      ['x_train.npy', 'y_train.npy', ['x_test.npy', 'x_val.npy', 'y_val.npy'], 'validation'],
    ],
    [
      ['x_train.npy', 'y_train.npy', 'x_test.npy', 'z_test.npy'],
      {},
      ['x_train.npy', 'y_train.npy', ['x_test.npy', 'z_test.npy'], undefined],
    ],
    [['test.npy', 'y.npy', 'x.npy'], { imageColumn: 'x' }, ['x.npy', 'y.npy', [], undefined]],
    [
      ['photo.npy', 'mask.npy', 'y.npy'],
      { imageColumn: 'PHOTO' },
      ['photo.npy', 'y.npy', [], undefined],
    ],
    [
      ['photo.npy', 'mask.npy', 'y.npy'],
      { imageColumn: 'photo.npy' },
      ['photo.npy', 'y.npy', [], undefined],
    ],
    [['x.npy', 'y.npy'], { imageColumn: ' X.npy' }, ['x.npy', 'y.npy', [], undefined]],
    [['data.npy', 'img.npy'], { labelColumn: 'data' }, ['img.npy', 'data.npy', [], undefined]],
    [['a.npy.b.npy', 'x.npy'], { labelColumn: 'a.npy.b' }, ['x.npy', 'a.npy.b.npy', [], undefined]],
    [['maxtrain.npy', 'label.npy'], {}, ['maxtrain.npy', 'label.npy', [], undefined]],
    [
      ['my_kind_train.npy', 'x_train.npy'],
      { labelColumn: 'my_kind' },
      ['x_train.npy', 'my_kind_train.npy', [], undefined],
    ],
    [['y.npy', 'label.npy'], { imageColumn: 'y' }, ['y.npy', 'label.npy', [], undefined]],
    [['a.npy', 'b.npy'], { labelColumn: 'b' }, ['a.npy', 'b.npy', [], undefined]],
    [['a.npy', 'b.npy'], { labelColumn: 'a.npy' }, ['b.npy', 'a.npy', [], undefined]],
    [['a.npy', 'b.npy'], { labelColumn: 0 }, ['b.npy', 'a.npy', [], undefined]],
    [
      ['x_train.npy', 'kind_train.npy'],
      { labelColumn: 'kind_train' },
      ['x_train.npy', 'kind_train.npy', [], undefined],
    ],
  ])('are picked by their names: %j %j', (names, choice, picked) => {
    expect(pick(names, choice)).toEqual(picked);
  });

  it.each<[string[], Partial<ArrayChoice>, string]>([
    [[], {}, 'it takes an array of images and one of labels'],
    [[], {}, 'there is none'],
    [['x.npy', 'y.txt'], {}, 'there is only "x.npy"'],
    [splits, { split: 'train' }, ''],
    [
      ['x_train.npy', 'y_train.npy', 'a\n.npy'],
      { split: 'test' },
      'it has no arrays of the split "test"; its arrays are "x_train.npy", "y_train.npy", "a\\n.npy"',
    ],
    [
      ['y.npy', 'label.npy'],
      { labelColumn: 'y' },
      'it has no array of images; its arrays are "y.npy", "label.npy"',
    ],
    [['a.npy', 'b.npy'], {}, 'labelColumn'],
    [['a-b.npy', 'c.npy'], {}, 'its columns are "a-b", "c"'],
    [['x.npy', 'label.npy'], { imageColumn: 'z' }, 'it has no column "z" that holds images'],
  ])('are refused with their names: %j %j', (names, choice, reason) => {
    const refused = refusalOf(() => pick(names, choice));
    if (reason === '') expect(refused).toBeUndefined();
    else {
      expect(refused).toMatchObject({
        code: 'GLIMPSE_DATASET_INVALID',
        message: expect.stringContaining(reason),
      });
    }
  });

  it('are named with the first eight', () => {
    const names = Array.from({ length: 9 }, (_, at) => `a${at}.npy`);
    expect(() => pick(names, { split: 'test' })).toThrow(/are ("a\d.npy"(, )?){8}$/);
  });
});

/** How a folder with arrays is read, and which of its files were let go of. */
async function planned(
  arrays: Record<string, Partial<NpyArray>>,
  spec: DatasetSpec = {},
  named?: string,
) {
  const contents = Object.entries(arrays).map(([name, array]) => [
    name,
    npy({ descr: '|u1', shape: [2], data: Uint8Array.of(0, 1), ...array }),
  ]);
  const folder = await folderWith(Object.fromEntries(contents));
  const released: string[] = [];
  const files = await Promise.all(
    Object.keys(arrays).map(async (name) => {
      const file = await localFile(name, `${folder}/${name}`);
      const local = async () => ({
        ...(await file.local()),
        release: async () => void released.push(name),
      });
      return { ...file, local };
    }),
  );
  const source = localFilesSource(
    't',
    files.filter(({ name }) => name !== named),
  );
  const labels = files.find(({ name }) => name === named);
  const plan = planArrays({ source, labels }, spec, { limits: { maxBytes: 999 } });
  return { plan, released };
}

const images = { shape: [2, 1, 2], data: Uint8Array.of(1, 2, 3, 255) };

describe('the plan of arrays', () => {
  it('has their rows, what is left out, and what is held out', async () => {
    const { plan, released } = await planned({
      'x_train.npy': images,
      'y_train.npy': {},
      'x_test.npy': images,
      'y_test.npy': {},
      'z.npy': {},
    });
    const { rows, ignored, notes, heldOut } = await plan;
    expect(ignored.kinds).toEqual([
      { reason: 'another array or file', count: 1, names: ['z.npy'] },
    ]);
    expect(notes).toEqual([
      expect.stringContaining('"x_test.npy", "y_test.npy" beside "x_train.npy"'),
    ]);
    expect(heldOut).toEqual({ split: 'test' });
    expect(released).toEqual([]);
    const labels: unknown[] = [];
    for await (const row of rows) labels.push('label' in row && row.label);
    expect([labels, released]).toEqual([
      [0, 1],
      ['x_train.npy', 'y_train.npy'],
    ]);
  });

  it.each([
    ['|u1', Uint8Array.of(1, 2, 3, 255), 17],
    ['|i1', Uint8Array.of(1, 2, 3, 100), 128],
    ['<u2', Uint8Array.of(1, 0, 2, 0, 3, 0, 255, 0), 128],
  ])('of the type %s says how large its largest value must be', async (descr, data, least) => {
    const { plan } = await planned({ 'x.npy': { ...images, descr, data }, 'y.npy': {} });
    expect((await plan).leastMaximum).toBe(least);
  });

  it('takes planes as they are said to lie', async () => {
    const planes = { shape: [2, 3, 2, 3], data: Uint8Array.from({ length: 36 }, (_, at) => at) };
    for (const [layout, shape] of [
      ['chw', { height: 2, width: 3, channels: 3 }],
      ['hwc', { height: 3, width: 2, channels: 3 }],
    ] as const) {
      const { plan } = await planned({ 'x.npy': planes, 'y.npy': {} }, { layout });
      const shapes: unknown[] = [];
      for await (const row of (await plan).rows) shapes.push('shape' in row && row.shape);
      expect(shapes).toEqual([shape, shape]);
    }
  });

  it('takes labels that lie elsewhere', async () => {
    const flat = { shape: [2, 2], data: Uint8Array.of(1, 2, 3, 255) };
    const { plan } = await planned(
      { 'x.npy': flat, 'kinds.npy': {} },
      { labelColumn: 'kinds' },
      'kinds.npy',
    );
    const { rows, ignored, heldOut } = await plan;
    const values: unknown[] = [];
    for await (const row of rows) values.push('values' in row && Array.from(row.values));
    expect([values, ignored.count, heldOut]).toEqual([
      [
        [1, 2],
        [3, 255],
      ],
      0,
      undefined,
    ]);
  });

  it('lets go of its files when they are no pair, or their rows are left', async () => {
    const { plan, released } = await planned({ 'x.npy': {}, 'y.npy': {} });
    await expect(plan).rejects.toThrow('it has the shape (2)');
    expect(released).toEqual(['x.npy', 'y.npy']);
    const left = await planned({ 'x.npy': images, 'y.npy': {} });
    for await (const _ of (await left.plan).rows) break;
    expect(left.released).toEqual(['x.npy', 'y.npy']);
  });
});

import { describe, expect, it } from 'vitest';
import { idxAxes } from '../../../src/datasets/formats/idx-axes.ts';
import { readIdxClasses, readIdxRows } from '../../../src/datasets/formats/idx-rows.ts';
import { allOf, fileOnDisk, unlimited } from '../disk-files.ts';
import { idx } from '../dataset-files.ts';

/** An IDX file of whole numbers along one axis. */
function idx32(numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(8 + numbers.length * 4);
  bytes.set([0, 0, 0x0c, 1]);
  bytes.writeUInt32BE(numbers.length, 4);
  numbers.forEach((number, at) => bytes.writeInt32BE(number, 8 + at * 4));
  return bytes;
}

const rowsOf = async (images: Buffer, labels: Buffer) =>
  allOf(readIdxRows(await fileOnDisk(images), await fileOnDisk(labels), unlimited));
const classesOf = async (labels: Buffer) => readIdxClasses(await fileOnDisk(labels), unlimited);

const refusal = (reason: string) => ({
  code: 'GLIMPSE_DATASET_INVALID',
  message: `The dataset cannot be read: IDX: ${reason}`,
});

describe('an IDX file', () => {
  it.each<[string, number[], number | undefined]>([
    ['bytes along one axis', [0, 0, 8, 1], 1],
    ['bytes along four', [0, 0, 8, 4], 4],
    ['bytes along none', [0, 0, 8, 0], undefined],
    ['bytes along five', [0, 0, 8, 5], undefined],
    ['whole numbers along one axis', [0, 0, 12, 1], 1],
    ['whole numbers along three', [0, 0, 12, 3], undefined],
    ['floats', [0, 0, 13, 1], undefined],
    ['another first byte', [1, 0, 8, 1], undefined],
    ['another second byte', [0, 1, 8, 1], undefined],
    ['a beginning cut off', [0, 0, 8], undefined],
    ['nothing', [], undefined],
  ])('is known by its first bytes: %s', (_, head, axes) => {
    expect(idxAxes(Uint8Array.from(head))).toBe(axes);
  });

  it('of images gives them with their labels and their shape', async () => {
    const grey = await rowsOf(
      idx(
        [2, 3, 2],
        Uint8Array.from({ length: 12 }, (_, at) => at),
      ),
      idx([2], Uint8Array.of(255, 7)),
    );
    const shape = { height: 3, width: 2, channels: 1 };
    expect(grey).toEqual([
      { line: 1, label: 255, values: Buffer.from([0, 1, 2, 3, 4, 5]), shape },
      { line: 2, label: 7, values: Buffer.from([6, 7, 8, 9, 10, 11]), shape },
    ]);
    const colour = await rowsOf(
      idx([1, 1, 2, 3], Uint8Array.of(1, 2, 3, 4, 5, 6)),
      idx32([-70_000]),
    );
    expect(colour).toEqual([
      {
        line: 1,
        label: -70_000,
        values: Buffer.from([1, 2, 3, 4, 5, 6]),
        shape: { height: 1, width: 2, channels: 3 },
      },
    ]);
  });

  it.each<[string, number[], string | undefined]>([
    ['the largest', [0, 1024, 1024], undefined],
    ['one channel as an axis of its own', [0, 1, 1, 1], undefined],
    ['no height', [0, 0, 1], 'images of 1x0x1 are not read'],
    ['no width', [0, 1, 0], 'images of 0x1x1 are not read'],
    ['too high', [0, 1025, 1], 'images of 1x1025x1 are not read'],
    ['too wide', [0, 1, 1025], 'images of 1025x1x1 are not read'],
    ['two channels', [0, 1, 1, 2], 'images of 1x1x2 are not read'],
    ['two axes', [0, 1], 'the images have fewer than three axes'],
  ])('of images is read up to a size: %s', async (_, axes, reason) => {
    const reading = rowsOf(idx(axes, Buffer.alloc(0)), idx([0], Buffer.alloc(0)));
    if (reason === undefined) expect(await reading).toEqual([]);
    else await expect(reading).rejects.toMatchObject(refusal(reason));
  });

  const images = idx([2, 1, 2], Uint8Array.of(1, 2, 3, 4));
  const labels = idx([2], Uint8Array.of(0, 1));
  const more = Buffer.alloc(1);
  it.each([
    ['whole numbers as images', idx32([1]), labels, 'the images have fewer than three axes'],
    ['no images', Buffer.alloc(3), labels, 'the images do not start as IDX bytes do'],
    ['no labels', images, Buffer.alloc(9), 'the labels do not start as IDX bytes do'],
    [
      'a header of images cut off',
      images.subarray(0, 15),
      labels,
      'the images end in their header',
    ],
    ['a header of labels cut off', images, labels.subarray(0, 7), 'the labels end in their header'],
    [
      'labels along two axes',
      images,
      idx([2, 1], Uint8Array.of(0, 1)),
      'the labels have more than one axis',
    ],
    ['fewer labels', images, idx([1], Uint8Array.of(0)), 'there are 2 images but 1 labels'],
    ['images cut off', images.subarray(0, -1), labels, 'it ends before example 2 of 2'],
    ['labels cut off', images, labels.subarray(0, -1), 'it ends before example 2 of 2'],
    [
      'more images than said',
      Buffer.concat([images, more]),
      labels,
      'the images go on after the last one',
    ],
    [
      'more labels than said',
      images,
      Buffer.concat([labels, more]),
      'the labels go on after the last one',
    ],
  ])('is refused with its reason: %s', async (_, first, second, reason) => {
    await expect(rowsOf(first, second)).rejects.toMatchObject(refusal(reason));
  });

  it('of labels gives their classes in the order of their numbers', async () => {
    expect(await classesOf(idx([5], Uint8Array.of(10, 9, 255, 9, 0)))).toEqual([
      '0',
      '9',
      '10',
      '255',
    ]);
    expect(await classesOf(idx32([70_000, -1, 5, 70_000, 300]))).toEqual([
      '-1',
      '5',
      '300',
      '70000',
    ]);
    expect(await classesOf(idx([0], Buffer.alloc(0)))).toEqual([]);
  });

  it('of labels is read to its end, however many there are', async () => {
    const many = new Uint8Array(65_538);
    many[65_537] = 3;
    expect(await classesOf(idx([65_538], many))).toEqual(['0', '3']);
    await expect(classesOf(idx([65_539], many))).rejects.toMatchObject(
      refusal('the labels end too early'),
    );
  });
});

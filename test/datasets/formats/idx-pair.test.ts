import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  pickIdxPair,
  readPairClasses,
  readPairRows,
} from '../../../src/datasets/formats/idx-pair.ts';
import type { DatasetFile } from '../../../src/datasets/source.ts';
import { idx, temporaryFolder } from '../dataset-files.ts';
import { allOf, unlimited } from '../disk-files.ts';

const images = idx([1, 1, 2], Uint8Array.of(1, 2));
const colours = idx([1, 1, 1, 3], Uint8Array.of(1, 2, 3));
const labels = idx([1], Uint8Array.of(7));
const neither = idx([1, 1], Uint8Array.of(7));

/** Files of a dataset, and how many copies of them were not let go of yet. */
async function filesOf(contents: Readonly<Record<string, Uint8Array>>) {
  const folder = await temporaryFolder();
  const kept = { copies: 0 };
  const files = Object.entries(contents).map(([name, content], index): DatasetFile => ({
    name,
    size: content.length,
    read: () => Promise.resolve(content),
    async local() {
      const path = join(folder, String(index));
      await writeFile(path, content);
      kept.copies += 1;
      return { path, name, release: async () => void (kept.copies -= 1) };
    },
  }));
  return { files, kept };
}

/** The names of the pair that is picked among some files. */
async function pick(
  contents: Readonly<Record<string, Uint8Array>>,
  { isFolder, labelsAt }: { isFolder: boolean; labelsAt?: Record<string, Uint8Array> },
) {
  const { files, kept } = await filesOf(contents);
  const source = {
    title: 'x',
    files,
    isFolder,
    markers: [],
    ignored: { count: 0, archives: 0, names: [], kinds: [] },
    passedOver: [],
    archives: [],
    find: async (wanted: string) => files.find(({ name }) => name === wanted),
    close: async () => {},
  };
  const given = labelsAt && (await filesOf(labelsAt)).files[0];
  const pair = await pickIdxPair({ source, labels: given }, undefined, unlimited);
  expect(kept.copies).toBe(0);
  return [pair.images.name, pair.labels.name];
}

/** The refusal of a folder, which names what could be chosen. */
const noneOf = (values: readonly string[]) => ({
  code: 'GLIMPSE_DATASET_INVALID',
  message: expect.stringContaining('one file of images with its labels'),
  details: { option: 'path', values },
});
const noPair = {
  code: 'GLIMPSE_DATASET_INVALID',
  message: expect.stringContaining('one file of images and one of labels'),
};

describe('the pair of an IDX dataset', () => {
  it.each<[string, Record<string, Uint8Array>, string[]]>([
    ['images first', { a: images, b: labels }, ['a', 'b']],
    ['labels first', { a: labels, b: images }, ['b', 'a']],
    ['colour images', { a: labels, b: colours }, ['b', 'a']],
  ])('is told by the headers of two files: %s', async (_, contents, pair) => {
    expect(await pick(contents, { isFolder: false })).toEqual(pair);
  });

  it('takes labels that were given apart', async () => {
    const labelsAt = { c: labels };
    expect(await pick({ a: images }, { isFolder: false, labelsAt })).toEqual(['a', 'c']);
    const folder = { 'a-images-idx3': images, 'a-labels-idx1': labels };
    expect(await pick(folder, { isFolder: true, labelsAt })).toEqual(['a-images-idx3', 'c']);
  });

  it.each<[string, Record<string, Uint8Array>, Record<string, Uint8Array>?]>([
    ['images alone', { a: images }],
    ['two of images', { a: images, b: images }],
    ['two of labels', { a: labels, b: labels }],
    ['no images', { a: neither, b: labels }],
    ['none of IDX', { a: Buffer.from('text'), b: labels }],
    ['two, and labels that were given apart', { a: images, b: labels }, { c: labels }],
  ])('is none of other files: %s', async (_, contents, labelsAt) => {
    const picked = pick(contents, { isFolder: false, ...(labelsAt && { labelsAt }) });
    await expect(picked).rejects.toMatchObject(noPair);
  });

  it.each<[string, string[], string[]]>([
    [
      'the only one',
      ['m-images-idx3', 'm-labels-idx1', 'read.me'],
      ['m-images-idx3', 'm-labels-idx1'],
    ],
    [
      'that for training among several, also below',
      ['d/t10k-images-idx3', 'd/t10k-labels-idx1', 'd/train-images-idx3', 'd/train-labels-idx1'],
      ['d/train-images-idx3', 'd/train-labels-idx1'],
    ],
  ])('is told by the names in a folder: %s', async (_, names, pair) => {
    const contents = Object.fromEntries(names.map((name) => [name, images]));
    expect(await pick(contents, { isFolder: true })).toEqual(pair);
  });

  it.each<[string, string[], string[], Record<string, Uint8Array>?]>([
    [
      'several',
      ['a-images-idx3', 'a-labels-idx1', 'b-images-idx3', 'b-labels-idx1'],
      ['a-images-idx3', 'b-images-idx3'],
    ],
    [
      'one without its labels',
      ['a-images-idx3', 'b-labels-idx1'],
      ['a-images-idx3', 'b-labels-idx1'],
    ],
    ['none', ['a-labels-idx1', 'read.me'], ['a-labels-idx1', 'read.me']],
    ['none, with labels given apart', ['a-labels-idx1'], ['a-labels-idx1'], { c: labels }],
  ])('is asked for in a folder of other files: %s', async (_, names, values, labelsAt) => {
    const contents = Object.fromEntries(names.map((name) => [name, images]));
    const picked = pick(contents, { isFolder: true, ...(labelsAt && { labelsAt }) });
    await expect(picked).rejects.toMatchObject(noneOf(values));
  });

  it('is read by copies that are let go of, also when its reader leaves early', async () => {
    const { files, kept } = await filesOf({ a: images, b: labels });
    const pair = { images: files[0]!, labels: files[1]! };
    expect(await readPairClasses(pair, unlimited)).toEqual(['7']);
    expect((await allOf(readPairRows(pair, unlimited))).map(({ line }) => line)).toEqual([1]);
    expect(kept.copies).toBe(0);
    for await (const _ of readPairRows(pair, unlimited)) break;
    expect(kept.copies).toBe(0);
  });
});

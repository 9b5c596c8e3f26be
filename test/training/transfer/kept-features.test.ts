import { readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  digestOfPicture,
  openKeptFeatures,
  type FeaturePlace,
} from '../../../src/training/transfer/kept-features.ts';
import { temporaryFolder } from '../../datasets/dataset-files.ts';
import { bars, tinyWorkshop } from '../tiny-run.ts';

const SIZE = 4;
/** Of one picture: its digest and four numbers. */
const RECORD = 32 + 4 * SIZE;
const pictureOf = (number: number) => digestOfPicture(Uint8Array.of(number));
const featuresOf = (number: number) => Float32Array.of(number, number / 3, -number, 1e-30);
const found = (...numbers: number[]) =>
  new Map(numbers.map((number) => [pictureOf(number), featuresOf(number)]));

async function place(pictures = 100): Promise<FeaturePlace> {
  return { folder: join(await temporaryFolder(), 'features'), maxBytes: pictures * RECORD + 20 };
}
const open = (where: FeaturePlace, key = 'a backbone') => openKeptFeatures(where, [key], SIZE);

describe('what a backbone found before', () => {
  it('is known again, of the same pictures by the same backbone', async () => {
    const where = await place();
    const first = await open(where);
    expect(first.find(pictureOf(1))).toBeUndefined();
    await first.keep(found(1, 2));
    const again = await open(where);
    expect(again.find(pictureOf(2))).toEqual(featuresOf(2));
    expect(again.find(pictureOf(3))).toBeUndefined();
    expect((await open(where, 'another one')).find(pictureOf(1))).toBeUndefined();
    await again.keep(found(3));
    const third = await open(where);
    expect([1, 2, 3].map((number) => third.find(pictureOf(number)))).toEqual(
      [1, 2, 3].map(featuresOf),
    );
  });

  it('makes room by what was not asked for', async () => {
    const where = await place(3);
    await (await open(where)).keep(found(1, 2, 3));
    const second = await open(where);
    second.find(pictureOf(1));
    await second.keep(found(4));
    const third = await open(where);
    const known = [1, 2, 3, 4].filter((number) => third.find(pictureOf(number)) !== undefined);
    expect(known).toHaveLength(3);
    expect(known).toEqual(expect.arrayContaining([1, 4]));
  });

  it('makes room by the file of the backbone that was used longest ago', async () => {
    const where = await place(2);
    await (await open(where, 'old')).keep(found(1));
    const [old] = await readdir(where.folder);
    await utimes(join(where.folder, old!), 1, 1);
    await (await open(where, 'new')).keep(found(1, 2));
    expect(await readdir(where.folder)).not.toContain(old);
    expect((await open(where, 'new')).find(pictureOf(2))).toEqual(featuresOf(2));
  });

  it('counts as used without anything new', async () => {
    const where = await place();
    await (await open(where)).keep(found(1));
    const [name] = await readdir(where.folder);
    const file = join(where.folder, name!);
    await utimes(file, 1, 1);
    await (await open(where)).keep(new Map());
    expect((await stat(file)).mtimeMs).toBeGreaterThan(1e12);
  });

  it.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, -7)],
    ['changed in one bit', (bytes: Buffer) => bytes.fill(bytes[60]! ^ 1, 60, 61)],
    ['empty', () => Buffer.alloc(0)],
    ['something else', () => Buffer.from('no features at all, of nothing that anybody has seen')],
  ])('is nothing where its file is %s, which is then written anew', async (_, damage) => {
    const where = await place();
    await (await open(where)).keep(found(1));
    const [name] = await readdir(where.folder);
    const file = join(where.folder, name!);
    await writeFile(file, damage(await readFile(file)));
    const damaged = await open(where);
    expect(damaged.find(pictureOf(1))).toBeUndefined();
    await damaged.keep(found(1));
    expect((await open(where)).find(pictureOf(1))).toEqual(featuresOf(1));
  });
});

describe('a second training on top of the same backbone', () => {
  const onTop = { architecture: 'transfer', backbone: { model: 'bars', version: 1 } } as const;

  it('finds nothing anew, and gives the same bytes', async () => {
    const { folder, events, run } = await tinyWorkshop(bars(60));
    const features = { folder: join(folder, 'features'), maxBytes: 1e6 };
    await run();
    const bytesOf = (version: number) =>
      readFile(join(folder, `models/other/${version}/model.onnx`));
    await run({ ...onTop, model: 'other', epochs: 2 });
    for (const _ of [2, 3]) await run({ ...onTop, model: 'other', epochs: 2 }, { features });
    expect(await bytesOf(2)).toEqual(await bytesOf(1));
    expect(await bytesOf(3)).toEqual(await bytesOf(1));
    const notes = events.flatMap((event) => (event.type === 'note' ? [event.note] : []));
    const told = notes.filter((note) => note.includes('on top of'));
    // Six of the sixty are only measured on.
    expect(told.map((note) => /; (\d+) of them were known/.exec(note)?.[1])).toEqual([
      undefined,
      undefined,
      '54',
    ]);
  });

  it('trains all the same where nothing can be kept', async () => {
    const { folder, events, run } = await tinyWorkshop(bars(60));
    await run();
    await writeFile(join(folder, 'taken'), 'a file');
    const features = { folder: join(folder, 'taken'), maxBytes: 1e6 };
    await run({ ...onTop, model: 'other', epochs: 1 }, { features });
    expect(events).toContainEqual({
      type: 'note',
      note: expect.stringMatching(/is not kept for the next training: /),
    });
  });
});

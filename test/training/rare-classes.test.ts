import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawPictures, nameOf, pictureShape } from '../datasets/pictures.ts';
import { npy } from '../support/npy.ts';
import { zip } from '../support/zip.ts';
import { bars, tinyRequest, tinyWorkshop } from './tiny-run.ts';

const notesOf = (events: readonly { type: string }[]) =>
  events.flatMap((event) => ('note' in event ? [event.note] : []));

/** Lines of bars with at most so many of "none". */
function fewOf(count: number): string {
  let left = count;
  const lines = bars(120).split('\n');
  return lines.filter((line) => !line.startsWith('none') || (left -= 1) >= 0).join('\n');
}

describe('a rare class', () => {
  it('of three examples is measured, and counts in the mean recall as any other', async () => {
    const { run, events } = await tinyWorkshop(fewOf(3));
    const { metrics } = await run({ epochs: 1 });
    const perClass = metrics.perClass ?? [];
    expect(perClass.map(({ class: name, examples }) => [name, examples])).toEqual([
      ['flat', expect.any(Number)],
      ['none', 1],
      ['tall', expect.any(Number)],
    ]);
    const recalls = perClass.map(({ recall }) => recall ?? 0);
    expect(metrics.macroRecall).toBeCloseTo((recalls[0]! + recalls[1]! + recalls[2]!) / 3, 10);
    expect(notesOf(events)).toEqual([]);
  });

  it('of two is told to be unmeasured', async () => {
    const { run, events } = await tinyWorkshop(fewOf(2));
    const { metrics } = await run({ epochs: 1 });
    expect(metrics.perClass?.[1]).toMatchObject({ class: 'none', examples: 0, recall: null });
    expect(notesOf(events)).toEqual([
      'No figure says how well these classes are told, for want of examples to measure on: "none".',
    ]);
  });

  it('is all there is: refused, though the request names others', async () => {
    const { run } = await tinyWorkshop(bars(30).replaceAll(/^(flat|none|tall)/gm, 'flat'));
    const dataset = { uri: 'bars.csv', classes: ['flat', 'tall'] };
    await expect(run({ dataset })).rejects.toThrow('all its examples are of one class ("flat")');
  });
});

describe('images in folders called train and test', () => {
  it('are learnt from in the one, and measured on in the other, without being asked', async () => {
    const { run, events, folder } = await tinyWorkshop();
    for (const [split, count] of [
      ['train', 40],
      ['test', 10],
    ] as const) {
      for (const [at, picture] of (await drawPictures(count)).entries()) {
        const file = join(folder, 'set', split, nameOf(picture, at));
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, picture.png);
      }
    }
    const dataset = { uri: 'set', shape: pictureShape };
    const { metrics } = await run({ ...tinyRequest, dataset, epochs: 1 });
    expect([metrics.examples, metrics.measuredOn]).toEqual([
      10,
      'examples of set/test, which nothing was chosen by',
    ]);
    expect(events.find(({ type }) => type === 'dataset')).toMatchObject({
      dataset: {
        examples: 40,
        classes: ['cat', 'dog'],
        parts: { training: 36, validation: 4, test: 10 },
        evaluationDigest: expect.any(String),
      },
    });
    expect(notesOf(events)).toEqual([
      '"test" beside "train" is a split of the dataset and no class; it is not learnt from.',
    ]);
  });
});

describe('an uploaded .npz with x_train and x_test', () => {
  it('is learnt from in the one, and measured on in the other, whatever part of it is taken', async () => {
    const { run, events, folder } = await tinyWorkshop();
    const arrays = [
      ['train', bars(60)],
      ['test', bars(30, 2)],
    ].flatMap(([split, csv]) => {
      const rows = csv!.trim().split('\n');
      const pixels = Uint8Array.from(rows.flatMap((row) => row.split(',').slice(1).map(Number)));
      const names = Buffer.from(rows.map((row) => row.slice(0, 4)).join(''));
      return [
        {
          name: `x_${split}.npy`,
          data: npy({ descr: '|u1', shape: [rows.length, 6, 6], data: pixels }),
        },
        { name: `y_${split}.npy`, data: npy({ descr: '|S4', shape: [rows.length], data: names }) },
      ];
    });
    const file = join(folder, 'upload');
    await writeFile(file, zip(arrays));
    const uploads = [{ part: 'data', name: 'bars.npz', file }];
    const { metrics } = await run({ dataset: { limit: 50 }, epochs: 1 }, { uploads });
    expect([metrics.examples, metrics.measuredOn]).toEqual([
      30,
      'examples of the upload (test), which nothing was chosen by',
    ]);
    expect(events.find(({ type }) => type === 'dataset')).toMatchObject({
      dataset: { format: 'numpy', examples: 50, parts: { training: 45, validation: 5, test: 30 } },
    });
  });
});

import { withMode } from '../../support/contracts.ts';
import { describe, expect, it } from 'vitest';
import type { DatasetSpec } from '../../../src/datasets/spec.ts';
import { createRandom } from '../../../src/random.ts';
import { errors } from '../../../src/errors.ts';
import { plainContract } from '../../../src/preprocessing/presets.ts';
import { lookJob } from '../../../src/jobs/kinds/look.ts';
import { trainJob } from '../../../src/jobs/kinds/train.ts';
import { inheritFor } from '../../../src/training/predecessor.ts';
import { runTraining } from '../../../src/training/run.ts';
import { tinyRequest, tinyWorkshop } from '../../training/tiny-run.ts';
import { openerOver } from '../dataset-files.ts';
import { drawPictures, folderWith, nameOf } from '../pictures.ts';
import { look } from './looking.ts';

type Files = Readonly<Record<string, Uint8Array | string>>;

/** Rows of a label and so many random values up to a greatest. */
function rows(count: number, values: number, most: number): string[][] {
  const random = createRandom(count * values);
  return Array.from({ length: count }, (_, index) => [
    String(index % 2),
    ...Array.from({ length: values }, (_v, at) =>
      String(index === 0 && at === 0 ? most : random.integer(most + 1)),
    ),
  ]);
}

const csv = (lines: readonly (readonly string[])[]): string =>
  `${lines.map((cells) => cells.join(',')).join('\n')}\n`;

/** Colour images as planes: smooth from left to right in each channel. */
const planes = Array.from({ length: 12 }, (_, index) => [
  String(index % 2),
  ...Array.from({ length: 108 }, (_v, at) =>
    String(Math.floor(at / 36) * 80 + (at % 6) * 10 + index),
  ),
]);

const pictures = async (folders: readonly string[]): Promise<Files> => {
  const drawn = await drawPictures(4);
  return Object.fromEntries(
    folders.flatMap((folder) =>
      drawn.map((picture, index) => [`${folder}/${nameOf(picture, index)}`, picture.png]),
    ),
  );
};

/** Datasets with a question, how it is decided, and the value that is taken to look at the rest. */
const questions: Record<string, readonly [() => Promise<Files> | Files, DatasetSpec, object]> = {
  'what white is': [
    () => ({ 'x.csv': csv(rows(12, 9, 16)) }),
    { uri: 'x.csv', labelColumn: 0 },
    { option: 'range', cli: '--range 16', json: '"dataset": {"range": 16}', values: [16, 255] },
  ],
  'what black is': [
    () => ({
      'x.csv': csv(
        rows(12, 9, 4).map(([label = '', ...cells]) => [
          label,
          ...cells.map((one) => `${Number(one) - 2}`),
        ]),
      ),
    }),
    { uri: 'x.csv', labelColumn: 0 },
    { option: 'range', cli: '--range=-2,2', json: '"dataset": {"range": [-2, 2]}' },
  ],
  'that values are scaled': [
    () => ({
      'x.csv': csv(
        rows(9, 9, 10).map(([label = '', ...cells]) => [
          label,
          ...cells.map((one) => `${Number(one) / 10}`),
        ]),
      ),
    }),
    { uri: 'x.csv', labelColumn: 0 },
    { option: 'range', cli: '--range 1' },
  ],
  'whether channels come together or as planes': [
    () => ({
      'x.json': JSON.stringify(
        rows(12, 18, 255).map(([label, ...cells]) => ({
          label,
          pixels: [0, 6, 12].map((row) =>
            [0, 3].map((at) => cells.slice(row + at, row + at + 3).map(Number)),
          ),
        })),
      ),
    }),
    { uri: 'x.json' },
    { option: 'layout', cli: '--layout hwc', values: ['hwc', 'chw'] },
  ],
  'which of several columns is the label': [
    () => ({ 'x.csv': csv([['class', 'target', 'a', 'b', 'c'], ...rows(12, 4, 255)]) }),
    { uri: 'x.csv' },
    { option: 'labelColumn', cli: '--label-column class', values: ['class', 'target'] },
  ],
  'which column of other names is the label': [
    () => ({ 'x.csv': csv([['kind', 'p1', 'p2', 'p3', 'p4'], ...rows(12, 4, 255)]) }),
    { uri: 'x.csv' },
    { option: 'labelColumn', json: '"dataset": {"labelColumn": "kind"}', values: ['kind'] },
  ],
  'whether the label is first or last': [
    () => ({
      'x.csv': csv(
        rows(40, 8, 255).map(([label = '', ...cells], at) => [label, ...cells, `${at % 4}`]),
      ),
    }),
    { uri: 'x.csv' },
    { option: 'labelColumn', cli: '--label-column 0', values: [0, -1] },
  ],
  'how colours lie': [
    () => ({ 'x.csv': csv(planes) }),
    { uri: 'x.csv', labelColumn: 0, range: 255 },
    { option: 'layout', cli: '--layout chw', values: ['chw', 'hwc'] },
  ],
  'how wide and high images are': [
    () => ({ 'x.csv': csv(rows(12, 6, 255)) }),
    { uri: 'x.csv', labelColumn: 0 },
    {
      option: 'shape',
      cli: '--shape 3x2x1',
      json: '"dataset": {"shape": {"width": 3, "height": 2, "channels": 1}}',
    },
  ],
  'which of several tables is meant': [
    () => ({ 'x/a.csv': csv(rows(12, 4, 255)), 'x/b.csv': csv(rows(12, 9, 255)) }),
    { uri: 'x', labelColumn: 0 },
    { option: 'path', cli: '--path a.csv' },
  ],
  'which of several lists names the images': [
    async () => ({
      ...(await pictures(['x'])),
      'x/one.csv': 'path,label\ncat/000.png,a\ndog/003.png,b\n',
      'x/two.csv': 'path,label\ncat/000.png,b\ndog/003.png,a\n',
    }),
    { uri: 'x' },
    { option: 'labelsUri', cli: '--labels-uri x/one.csv' },
  ],
  'which folder holds the classes': [
    async () => pictures(['x/monday', 'x/tuesday']),
    { uri: 'x' },
    { option: 'path' },
  ],
};

const named = ['id', 'label', 'a', 'b', 'c', 'd'];
const numbered = rows(12, 4, 255).map((cells, at) => [String(at), ...cells]);
const withoutNumbers = [named.slice(1), ...numbered.map((cells) => cells.slice(1))];
/** As JSON has them: its label a text, everything else a number. */
const asRecords = (lines: readonly (readonly string[])[], header: readonly string[]): string =>
  JSON.stringify(
    lines.map((cells) =>
      Object.fromEntries(
        cells.map((cell, at) => [header[at], header[at] === 'label' ? cell : Number(cell)]),
      ),
    ),
  );

describe('a column of row numbers', () => {
  it.each([
    ['x.csv', csv([named, ...numbered]), csv(withoutNumbers)],
    ['x.json', asRecords(numbered, named), asRecords(withoutNumbers.slice(1), named.slice(1))],
  ])(
    'is a problem that a look reads past, and training is refused for: %s',
    async (uri, text, without) => {
      const folder = await folderWith({ [uri]: text, [`without-${uri}`]: without });
      const { looked } = await look(folder, { uri });
      expect(looked.trainable).toBe(false);
      expect(looked.findings.filter(({ severity }) => severity === 'problem')).toMatchObject([
        {
          code: 'refused',
          message:
            'It has one column too many for its images: is "id" a row number? Write the table without it',
        },
      ]);
      const clean = (await look(folder, { uri: `without-${uri}` })).looked;
      expect([clean.trainable, looked.digest]).toEqual([true, clean.digest]);
      await expect(train(folder, { uri })).rejects.toMatchObject({ details: { column: 'id' } });
    },
  );
});

/** A repository with two versions of each model, the newer of which cannot be read. */
const repository = (preprocessing: object) => ({
  versions: async () => [1, 3],
  manifest: async (_model: string, version: number) => {
    if (version === 3) throw new errors.GLIMPSE_MANIFEST_INVALID('m/3', 'it is cut off');
    return { preprocessing } as never;
  },
});

async function subjectFor(fields: { readonly model?: string }) {
  const { request } = await lookJob.accept(fields, [], {
    datasets: { check: async () => ({ spec: { uri: 'x' } }) },
  });
  return lookJob.subject(request);
}

describe('a look for a model', () => {
  const before = withMode(plainContract({ width: 12, height: 9, channels: 1 }), 'contain');
  const { signal } = new AbortController();

  it('prepares images as those of its newest version that can be read, as training does', async () => {
    const folder = await folderWith(await pictures(['x']));
    const dataset = { uri: 'x', shape: { width: 12, height: 9, channels: 1 } } as const;
    const taken = await inheritFor('m', repository(before), signal);
    const { looked, notes } = await look(folder, dataset, { model: 'm', taken });
    const asked = await look(folder, dataset, { preprocessing: { fit: 'contain' } });
    expect(looked.digest).toBe(asked.looked.digest);
    expect(looked.digest).not.toBe((await look(folder, dataset)).looked.digest);
    expect(notes).toEqual([
      'Images are prepared as those of version 1: resize.mode contain, resize.pad.colour border, resize.pad.align centre.',
    ]);
  });

  it('takes nothing over where none is named, and belongs to the model that is', async () => {
    const none = await inheritFor(undefined, repository(before), signal);
    expect([none.inherited, none.noteInherited(before as never)]).toEqual([undefined, []]);
    expect([await subjectFor({}), await subjectFor({ model: 'm' })]).toEqual([
      { dataset: 'x' },
      { model: 'm' },
    ]);
  });
});

describe('a question of a look', () => {
  it.each(Object.entries(questions))(
    'is an error of training that names the same setting: %s',
    async (_, [draw, dataset, setting]) => {
      const folder = await folderWith(await draw());
      const { looked } = await look(folder, dataset);
      const asked = looked.findings.filter(({ severity }) => severity === 'question');
      expect(asked).toHaveLength(1);
      expect(asked[0]!.setting).toMatchObject(setting);
      expect(looked.trainable).toBe(false);
      const { option } = asked[0]!.setting!;
      await expect(train(folder, dataset)).rejects.toMatchObject({
        code: asked[0]!.error,
        details: { option },
      });
    },
  );

  it('is none any more once it is decided as it was assumed', async () => {
    for (const [draw, dataset] of Object.values(questions)) {
      const folder = await folderWith(await draw());
      const { looked } = await look(folder, dataset);
      if (looked.assumed.length === 0) continue;
      const decided = Object.fromEntries(
        looked.assumed.map(({ option, values = [] }) => [option, values[0]]),
      );
      const again = await look(folder, { ...dataset, ...decided });
      const left = again.looked.findings.filter(({ severity }) => severity === 'question');
      expect(left).toEqual([]);
      expect(again.looked.digest).toBe(looked.digest);
    }
  });
});

/** Trains as a server does: accepts the request, then runs it. */
async function train(folder: string, dataset: DatasetSpec): Promise<unknown> {
  const { parts, repository } = await tinyWorkshop();
  const datasets = openerOver(folder);
  const { request } = await trainJob.accept({ ...tinyRequest, dataset, epochs: 1 }, [], {
    datasets,
    defaultModel: 'x',
    checkRoom: (model) => repository.checkRoom(model),
  });
  return runTraining(request, { ...parts, datasets });
}

import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messyFolders, writeMessyFolder } from '../../../scripts/drawing/messy-folders.ts';
import { found, look } from './looking.ts';

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'glimpse-messy-')));
  for (const name of Object.keys(messyFolders)) {
    await writeMessyFolder(folder, name as keyof typeof messyFolders);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const shape = { width: 32, height: 32, channels: 3 } as const;

describe('a look at a messy folder', () => {
  it('of a competition tells its list, what that does not name, and the file that is not there', async () => {
    const { looked } = await look(folder, { uri: '1-kaggle' });
    expect(looked).toMatchObject({
      source: '1-kaggle',
      trainable: false,
      format: 'images',
      examples: 20,
      rowsRead: 21,
      assumed: [],
      understood: {
        label: { column: 'label', by: 'name' },
        shape: { width: 28, height: 28, channels: 1 },
        shapeBy: 'default',
        originals: { smallest: '32x32', largest: '32x32', colour: 20, grey: 0 },
        becomes: [[0, 1]],
      },
      badRows: [{ reason: 'there is no such file', count: 1, names: ['id_999'] }],
      parts: { training: 16, validation: 2, test: 2 },
      classes: [
        { name: 'blue-circle', examples: 10, training: 8, validation: 1, test: 1 },
        { name: 'red-circle', examples: 10, training: 8, validation: 1, test: 1 },
      ],
      ignored: [
        { reason: 'no image, nor the list of them', count: 1, names: ['sample_submission.csv'] },
        { reason: 'an image that the list does not name', count: 10 },
      ],
    });
    expect(found(looked, 'bad-rows')).toEqual({
      code: 'bad-rows',
      severity: 'problem',
      message: '1 of 21 rows are not usable; at most 1 % may be (maxBadRows).',
      error: 'GLIMPSE_TOO_MANY_BAD_ROWS',
      setting: { option: 'maxBadRows', json: '"maxBadRows": 1', cli: '--max-bad-rows 1' },
      examples: ['id_999: there is no such file'],
    });
    expect(found(looked, 'default-shape')).toMatchObject({
      severity: 'note',
      count: 20,
      setting: {
        json: '"dataset": {"shape": {"width": 32, "height": 32, "channels": 3}}',
        cli: '--shape 32x32x3',
      },
    });
    const codes = ['bad-rows', 'decided', 'default-shape', 'ignored-files'];
    expect(looked.findings.map(({ code }) => code)).toEqual(codes);
  });

  it('with twins tells names that look alike, spellings that are one, and each kind of rubbish', async () => {
    const { looked } = await look(folder, { uri: '2-twins', shape }, { maxBadRows: 3 });
    expect(looked.trainable).toBe(true);
    expect(looked.classes.map(({ name, examples }) => [name, examples])).toEqual([
      ['Circle', 12],
      ['circle', 12],
      ['square', 24],
      ['tri angle', 12],
      ['tri-angle', 12],
    ]);
    const twins = looked.findings.filter(({ code }) => code === 'look-alike-names');
    expect(twins.map(({ examples }) => examples)).toEqual([
      ['Circle (12 examples)', 'circle (12 examples)'],
      ['tri angle (12 examples)', 'tri-angle (12 examples)'],
    ]);
    expect(found(looked, 'merged-labels')).toMatchObject({
      count: 2,
      examples: ['"square "', '"square"'],
    });
    expect(found(looked, 'bad-rows')).toMatchObject({ severity: 'note', count: 3 });
    expect(looked.badRows.map(({ names }) => names)).toEqual([
      ['Circle/IMG_0042.heic'],
      ['square/cut-off.jpg'],
      ['square/empty.jpg'],
    ]);
    expect(looked.ignored).toEqual([
      { reason: 'hidden', count: 1, names: ['circle/.DS_Store'] },
      {
        reason: 'no image, nor the list of them',
        count: 2,
        names: ['circle/Thumbs.db', 'notes.txt'],
      },
    ]);
    expect(found(looked, 'ignored-files')).toMatchObject({ count: 2 });
  });

  it('whose parts share images tells which, what is there twice, and what is not measured', async () => {
    const { looked } = await look(folder, { uri: '3-repeated', shape });
    expect(looked.trainable).toBe(true);
    expect(looked.parts).toEqual({
      training: 42,
      validation: 4,
      test: 16,
      testFrom: '3-repeated/test',
    });
    expect(looked.classes).toEqual([
      { name: 'defect', examples: 14, training: 13, validation: 1, test: 8 },
      { name: 'ok', examples: 31, training: 28, validation: 3, test: 8 },
      { name: 'unclear', examples: 1, training: 1, validation: 0, test: 0 },
    ]);
    expect(found(looked, 'unmeasured-classes')).toMatchObject({
      count: 1,
      examples: ['unclear (1 example)'],
    });
    expect(found(looked, 'conflicts')).toMatchObject({
      count: 2,
      examples: ['train/ok/002.png (ok) as train/defect/wrong.png (defect)'],
    });
    expect(found(looked, 'duplicates')).toMatchObject({
      count: 1,
      examples: ['train/ok/copy of 001.png (ok) as train/ok/001.png (ok)'],
    });
    expect(found(looked, 'shared-between-parts')).toMatchObject({
      count: 4,
      examples: [
        'test/defect/001.jpg (test) as train/defect/001.png',
        'test/defect/003.jpg (test) as train/defect/003 (2).jpg',
        'test/defect/005.jpg (test) as train/defect/005.png',
        'test/defect/007.jpg (test) as train/defect/007.png',
      ],
    });
    expect(found(looked, 'near-duplicates')).toMatchObject({
      count: 1,
      examples: ['train/defect/003.png as train/defect/003 (2).jpg'],
    });
    // What is measured on is read, and no rubbish.
    expect(found(looked, 'ignored-files')).toBeUndefined();
  });

  it('of photos tells sizes, stretched, tiny and blank ones, and what stands out', async () => {
    const { looked } = await look(folder, { uri: '4-photos' });
    expect(looked.understood?.originals).toEqual({
      smallest: '10x8',
      largest: '320x240',
      colour: 43,
      grey: 2,
    });
    expect(looked.badRows).toEqual([]);
    expect(found(looked, 'stretched-images')).toMatchObject({
      count: 3,
      // A photo that is turned by EXIF counts as it is seen.
      examples: ['sea/panorama.jpg (600x80)', 'forest/turned.jpg (240x160)', expect.any(String)],
      setting: { json: '"preprocessing": {"resize": {"mode": "contain"}}' },
    });
    expect(found(looked, 'tiny-images')).toMatchObject({ examples: ['sea/icon.png (10x8)'] });
    expect(found(looked, 'constant-images')).toMatchObject({ count: 4 });
    expect(found(looked, 'outliers')!.examples).toContain('forest/sunset.png (forest)');
    expect(found(looked, 'default-shape')!.setting!.cli).toBe('--shape 64x64x3');
    const fitted = await look(folder, { uri: '4-photos' }, { preprocessing: { fit: 'contain' } });
    expect(found(fitted.looked, 'stretched-images')).toBeUndefined();
  });

  it('of tables asks which, and what white is, and goes on with the likeliest', async () => {
    const { looked } = await look(folder, { uri: '5-tables' });
    expect(looked).toMatchObject({
      trainable: false,
      examples: 200,
      assumed: [{ cli: '--path digits.csv' }, { cli: '--range 16' }],
      understood: {
        label: { column: 64, by: 'contents' },
        shapeBy: 'data',
        values: { min: 0, max: 16, levels: 8, range: [0, 16], rangeBy: 'assumption' },
      },
    });
    expect(looked.findings.slice(0, 2)).toMatchObject([
      {
        code: 'place',
        severity: 'question',
        setting: { option: 'path', json: '"dataset": {"path": "digits.csv"}' },
      },
      {
        code: 'range',
        severity: 'question',
        setting: { json: '"dataset": {"range": 16}', cli: '--range 16', values: [16, 255] },
      },
    ]);
    const decided = await look(folder, { uri: '5-tables', path: 'digits.csv', range: 16 });
    expect(decided.looked).toMatchObject({ trainable: true, assumed: [] });
    expect(decided.looked.understood!.values!.rangeBy).toBe('request');
    const indexed = await look(folder, { uri: '5-tables', path: 'indexed.csv' });
    expect(found(indexed.looked, 'refused')).toMatchObject({
      severity: 'problem',
      message: expect.stringContaining('is "" a row number?'),
    });
    expect([indexed.looked.trainable, indexed.looked.digest]).toEqual([false, looked.digest]);
  });
});

describe('a contact sheet', () => {
  it('is a PNG with a row for each class, and frames what stands out', async () => {
    const { sheet } = await look(folder, { uri: '4-photos' });
    const image = sharp(sheet);
    expect(await image.metadata()).toMatchObject({ format: 'png', width: 742, height: 217 });
    const { data } = await image.raw().toBuffer({ resolveWithObject: true });
    const at = (x: number, y: number): number[] => [
      ...data.subarray((y * 742 + x) * 3).subarray(0, 3),
    ];
    const lastCell = 180 + 7 * 69;
    // Forest has one that stands out; the blank pages and the sea do not.
    expect([5, 74, 143].map((top) => at(lastCell - 2, top + 30))).toEqual([
      [220, 30, 30],
      [220, 225, 233],
      [220, 225, 233],
    ]);
    // A blank page is seen on the paper of the sheet.
    expect(at(180 + 32, 74 + 32)).toEqual([250, 250, 250]);
  });

  it('shows the digits of a table with white as white', async () => {
    const { sheet } = await look(folder, { uri: '5-tables', path: 'digits.csv', range: 16 });
    const { data } = await sharp(sheet)
      .extract({ left: 180, top: 5, width: 64, height: 64 })
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(Math.max(...data)).toBe(255);
    expect(data[0]).toBe(0);
  });
});

describe('messy folders', () => {
  it('are the same files every time', async () => {
    const again = await mkdtemp(join(tmpdir(), 'glimpse-messy-again-'));
    try {
      await writeMessyFolder(again, '2-twins');
      await writeMessyFolder(again, '5-tables');
      for (const file of [
        '2-twins/square /012.png',
        '2-twins/square/cut-off.jpg',
        '5-tables/digits.csv',
      ]) {
        expect(await readFile(join(again, file)), file).toEqual(await readFile(join(folder, file)));
      }
    } finally {
      await rm(again, { recursive: true, force: true });
    }
  });
});

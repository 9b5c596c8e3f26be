import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nameClasses } from '../../src/datasets/class-names.ts';
import { createRandom } from '../../src/random.ts';
import { idx, openerOver, read, readText, temporaryFolder } from './dataset-files.ts';
import { drawPictures, folderWith } from './pictures.ts';

const pixels = [0, 1, 2, 255];
const csv = (labels: readonly string[]) =>
  labels.map((label) => [label, ...pixels].join(',')).join('\n');
const ndjson = (labels: readonly unknown[]) =>
  labels.map((label) => JSON.stringify({ label, pixels })).join('\n');

async function classesOf(name: string, text: string, spec = {}) {
  const { dataset } = await readText(name, text, spec);
  return [...dataset.labels].map((label) => dataset.classes[label]);
}

describe('labels of a column of whole numbers', () => {
  const spellings = ['3', '3.0', '+3', '3e0', '3.000000000000000000e+00', '03', ' 3 ', '4', '-0'];
  const names = ['3', '3', '3', '3', '3', '3', '3', '4', '0'];

  it('are numbers, however each of them is spelled', async () => {
    expect(await classesOf('x.csv', csv(spellings))).toEqual(names);
    expect(await classesOf('x.ndjson', ndjson(spellings))).toEqual(names);
    expect(await classesOf('x.ndjson', ndjson([3, '3.0', 4]))).toEqual(['3', '3', '4']);
  });

  it('are the same in a manifest and in names of folders', async () => {
    const [one, two] = await drawPictures(2);
    const shape = { width: 2, height: 2, channels: 1 } as const;
    const manifest = await folderWith({
      'a.png': one!.png,
      'b.png': two!.png,
      'm.csv': 'path,label\na.png,7.0\nb.png,+10\na.png,7\n',
    });
    const read1 = await read(manifest, { uri: 'm.csv', shape });
    expect([read1.dataset.classes, [...read1.dataset.labels]]).toEqual([
      ['7', '10'],
      [0, 1, 0],
    ]);
    const folders = await folderWith({
      'set/7/a.png': one!.png,
      'set/007/b.png': two!.png,
      'set/8/c.png': one!.png,
    });
    expect((await read(folders, { uri: 'set', shape })).dataset.classes).toEqual(['7', '8']);
  });

  it('keep their zeros where all have one width, as ZIP codes have', async () => {
    expect(await classesOf('x.csv', csv(['01', '10', '07']))).toEqual(['01', '10', '07']);
    expect(await classesOf('x.csv', csv(['01', '10', '7']))).toEqual(['1', '10', '7']);
  });

  it.each(['', '  ', 'nan', 'NaN', 'null', 'None', 'NA', '<NA>'])(
    'have a bad row where there is none: "%s"',
    async (missing) => {
      const text = csv(['3', missing, '4', '3.0']);
      const { dataset, badRows } = await readText('x.csv', text, {}, { maxBadRows: 1 });
      expect([...dataset.labels].map((label) => dataset.classes[label])).toEqual(['3', '4', '3']);
      expect(dataset.pixels).toHaveLength(12);
      expect(badRows).toEqual({ count: 1, rows: [{ line: 2, reason: 'the label is missing' }] });
      await expect(readText('x.csv', text)).rejects.toMatchObject({
        code: 'GLIMPSE_TOO_MANY_BAD_ROWS',
      });
    },
  );

  it('tell of the examples that stay where they came from', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'x.csv'), csv(['3', 'nan', '4']));
    const lines: number[] = [];
    await openerOver(folder).open(
      { uri: 'x.csv' },
      {
        uploads: [],
        workDir: folder,
        maxBadRows: 1,
        onExample: (index, { line }) => (lines[index] = line),
        onRemoved: (indices) => indices.forEach((index) => lines.splice(index, 1)),
      },
    );
    expect(lines).toEqual([1, 3]);
  });
});

describe('labels of any other column', () => {
  it('are text, composed and without blanks around it', async () => {
    expect(await classesOf('x.csv', csv(['caf\u00e9', ' cafe\u0301', 'tea\u00a0']))).toEqual([
      'caf\u00e9',
      'caf\u00e9',
      'tea',
    ]);
  });

  it('may be called none, and are not taken for numbers one by one', async () => {
    expect(await classesOf('x.csv', csv(['none', 'flat', '3.0', '3']))).toEqual([
      'none',
      'flat',
      '3.0',
      '3',
    ]);
    expect(nameClasses(['0.5', '1.5'])).toEqual(['0.5', '1.5']);
    expect(nameClasses(['12345678901234567890', '1'])).toEqual(['12345678901234567890', '1']);
  });
});

describe('labels of classes that the request names', () => {
  it.each([
    [
      ['7', '8'],
      ['7.0', '08', 7],
      ['7', '8', '7'],
    ],
    [
      ['07', '08'],
      ['7', '8.0', '07'],
      ['07', '08', '07'],
    ],
    [
      ['cat', 'dog'],
      ['0', '1.0', 'dog '],
      ['cat', 'dog', 'dog'],
    ],
    [
      ['cafe\u0301', 'tea'],
      ['caf\u00e9', 'tea', 'tea'],
      ['cafe\u0301', 'tea', 'tea'],
    ],
  ])('are found by name, text or number: %j', async (classes, labels, expected) => {
    expect(await classesOf('x.ndjson', ndjson(labels), { classes })).toEqual(expected);
  });

  it('are bad rows when they are of none', async () => {
    const spec = { classes: ['7', '8'] };
    const { badRows } = await readText('x.csv', csv(['7', '9', 'nan', '8']), spec, {
      maxBadRows: 2,
    });
    expect(badRows.rows.map(({ reason }) => reason)).toEqual([
      '"9" is not one of the classes',
      '"nan" is not one of the classes',
    ]);
  });

  it('of IDX are the bytes of its file', async () => {
    const folder = await temporaryFolder();
    await writeFile(
      join(folder, 'x-images.idx3'),
      idx([2, 2, 2], Uint8Array.from([...pixels, ...pixels])),
    );
    await writeFile(join(folder, 'x-labels.idx1'), idx([2], Uint8Array.from([12, 7])));
    const spec = { uri: 'x-images.idx3', labelsUri: 'x-labels.idx1' };
    const { dataset } = await read(folder, spec);
    expect([dataset.classes, [...dataset.labels]]).toEqual([
      ['7', '12'],
      [1, 0],
    ]);
  });
});

/** Rows of a 4x4 image, bright and noisy, and a label of `classes` at one end. */
function table(
  end: 'first' | 'last',
  { rows = 60, classes = 10, isSorted = false, edge = false } = {},
) {
  const random = createRandom(rows + classes);
  const labels = Array.from({ length: rows }, () => random.integer(classes));
  if (isSorted) labels.sort((a, b) => a - b);
  return labels
    .map((label) => {
      const image = Array.from({ length: 16 }, () => random.integer(256));
      if (edge) [image[0], image[15]] = [0, 0];
      return (end === 'first' ? [label, ...image] : [...image, label]).join(',');
    })
    .join('\n');
}

describe('the label of a table without a header', () => {
  it.each([
    ['first', {}],
    ['last', {}],
    ['first', { edge: true }],
    ['last', { edge: true }],
    ['first', { isSorted: true, rows: 600, edge: true }],
    ['first', { classes: 2 }],
  ] as const)('is found by what the columns hold: %s %j', async (end, options) => {
    const text = table(end, options);
    const found = await readText('x.csv', text);
    const told = await readText('x.csv', text, { labelColumn: end === 'first' ? 0 : -1 });
    expect(found.dataset.digest).toBe(told.dataset.digest);
  });

  it('is the column of words, wherever it stands', async () => {
    expect((await readText('x.csv', '1,2,cat,3,200\n1,2,dog,3,200\n')).dataset.classes).toEqual([
      'cat',
      'dog',
    ]);
  });

  it('is asked for when the first column could be it as well as the last', async () => {
    const two = table('last', { classes: 2 });
    const ask = {
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining('say which by labelColumn (--label-column): 0 or -1'),
      details: { option: 'labelColumn' },
    };
    await expect(readText('x.csv', two)).rejects.toMatchObject(ask);
    const rows = table('first').split('\n');
    const both = rows.map((row) => `${row.slice(0, row.lastIndexOf(','))},${row[0]}`);
    await expect(readText('x.csv', both.join('\n'))).rejects.toMatchObject(ask);
    expect((await readText('x.csv', two, { labelColumn: -1 })).dataset.classes).toEqual(['0', '1']);
  });

  it('is not looked for where a header has only numbers besides it', async () => {
    const header = ['label', ...Array.from({ length: 16 }, (_, pixel) => pixel)].join(',');
    const { dataset, rowsRead } = await readText('x.csv', `${header}\n${table('first')}`);
    expect([rowsRead, dataset.classes]).toEqual([
      60,
      ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
    ]);
  });
});

describe('a column of row numbers', () => {
  const rows = table('first').split('\n');

  it.each(['', 'id', 'Unnamed: 0', 'index'])('is told by its name: "%s"', async (name) => {
    const header = [name, 'label', ...Array.from({ length: 16 }, (_, pixel) => `p${pixel}`)].join(
      ',',
    );
    const text = [header, ...rows.map((row, at) => `${at},${row}`)].join('\n');
    for (const spec of [{}, { shape: { width: 8, height: 2, channels: 1 } as const }]) {
      await expect(readText('x.csv', text, spec)).rejects.toThrow(
        `one column too many for its images: is "${name}" a row number?`,
      );
    }
  });

  it('is guessed to be the reason where nothing names it', async () => {
    const text = rows.map((row, at) => `${at},${row}`).join('\n');
    await expect(readText('x.csv', text, { labelColumn: 1 })).rejects.toMatchObject({
      details: {
        badRows: {
          rows: [
            {
              line: 1,
              reason: expect.stringContaining('one column too many: is the first a row number?'),
            },
          ],
        },
      },
    });
  });
});

describe('labels that can hardly be classes', () => {
  it('are those of which most have one example, unless the request names them', async () => {
    const text = table('first', { rows: 20 })
      .split('\n')
      .map((row, at) => `img-${at}${row.slice(row.indexOf(','))}`)
      .join('\n');
    await expect(readText('x.csv', text)).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining(
        '20 of its 20 classes have one example each ("img-0", "img-1", "img-10", ...)',
      ),
      details: { option: 'labelColumn' },
    });
    const classes = Array.from({ length: 20 }, (_, at) => `img-${at}`);
    expect((await readText('x.csv', text, { classes })).rowsRead).toBe(20);
  });

  it('are those that one pixel equals in every row', async () => {
    const text = [
      'label,a,b,c,d',
      ...Array.from({ length: 20 }, (_, at) => `${at % 3},9,200,${at % 3},${at}`),
    ];
    await expect(readText('x.csv', text.join('\n'))).rejects.toThrow(
      'pixel 2 equals the label in each of its 20 examples',
    );
    text.push('1,9,200,2,8');
    expect((await readText('x.csv', text.join('\n'))).rowsRead).toBe(21);
  });

  it('are those of one class only', async () => {
    await expect(readText('x.csv', csv(['a', 'a']))).rejects.toThrow(
      'all its examples are of one class ("a")',
    );
  });
});

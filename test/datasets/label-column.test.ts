import { join } from 'node:path';
import { parquetSchema } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { findLayout } from '../../src/datasets/formats/parquet/parquet-layout.ts';
import { findLabelColumn } from '../../src/datasets/label-column.ts';
import type { DatasetSpec } from '../../src/datasets/spec.ts';
import { read, readText } from './dataset-files.ts';
import { drawPictures, folderWith } from './pictures.ts';

/** Two grey images of 2x2 pixels, and the column of labels under a name of the test's choice. */
const rows = [
  { label: 'a', pixels: [0, 1, 2, 3] },
  { label: 'b', pixels: [252, 253, 254, 255] },
];
const json = (name: string) => rows.map(({ label, pixels }) => ({ id: 5, [name]: label, pixels }));

type Read = (name: string, spec?: Omit<DatasetSpec, 'uri'>) => ReturnType<typeof read>;

/** Every format that has names for its columns, with the label neither first nor last. */
const formats: Record<string, Read> = {
  CSV: (name, spec) =>
    readText('x.csv', `p0,${name},p1,p2,p3\n0,a,1,2,3\n252,b,253,254,255\n`, spec),
  'CSV with numbers for names': (name, spec) => {
    const numbers = Array.from({ length: 15 }, (_, pixel) => pixel + 1);
    const lineOf = (label: string) => [0, label, ...numbers].join(',');
    return readText('x.csv', [name, 'a', 'b'].map(lineOf).join('\n'), spec);
  },
  JSON: (name, spec) => readText('x.json', JSON.stringify(json(name)), spec),
  NDJSON: (name, spec) =>
    readText(
      'x.ndjson',
      json(name)
        .map((row) => JSON.stringify(row))
        .join('\n'),
      spec,
    ),
  'a manifest as CSV': (name, spec) =>
    readManifest('m.csv', `id,${name},path\n1,a,0.png\n2,b,1.png\n`, spec),
  'a manifest as JSON lines': (name, spec) =>
    readManifest(
      'm.jsonl',
      ['a', 'b']
        .map((label, id) => JSON.stringify({ id, [name]: label, path: `${id}.png` }))
        .join('\n'),
      spec,
    ),
};

async function readManifest(name: string, text: string, spec: Omit<DatasetSpec, 'uri'> = {}) {
  const [first, second] = await drawPictures(2);
  const folder = await folderWith({ '0.png': first!.png, '1.png': second!.png, [name]: text });
  return read(folder, { uri: name, shape: { width: 2, height: 2, channels: 1 }, ...spec });
}

describe.each(Object.entries(formats))('the label column of %s', (_, readWith) => {
  it.each([['label'], ['Labels'], ['class_id'], ['Category Name'], ['TARGET'], ['digit'], ['y']])(
    'is known by its name: %s',
    async (name) => {
      const { dataset } = await readWith(name);
      expect([dataset.classes, [...dataset.labels]]).toEqual([
        ['a', 'b'],
        [0, 1],
      ]);
    },
  );

  it('is asked for when it has no usual name, with the columns there are', async () => {
    await expect(readWith('kind')).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringMatching(/"kind".*labelColumn \(--label-column\)/),
      details: { columns: expect.arrayContaining(['kind']) },
    });
  });

  it.each([['kind'], ['KIND '], [1]])(
    'is chosen by name or by position: %s',
    async (labelColumn) => {
      const { dataset } = await readWith('kind', { labelColumn });
      expect([dataset.classes, [...dataset.labels]]).toEqual([
        ['a', 'b'],
        [0, 1],
      ]);
    },
  );

  it.each([['colour'], [99]])('is refused when it is not there: %s', async (labelColumn) => {
    await expect(readWith('kind', { labelColumn })).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining(`no column "${labelColumn}"`),
    });
  });
});

const parquetColumn = (name: string) => ({
  name,
  type: 'INT32' as const,
  repetition_type: 'OPTIONAL' as const,
});

const layoutOf = (names: readonly string[], labelColumn?: string | number) => {
  const schema = [{ name: 'root', num_children: names.length }, ...names.map(parquetColumn)];
  const root = parquetSchema({ schema });
  const { label, pixels } = findLayout(root, { labelColumn, imageColumn: undefined });
  return [label, ...pixels].map((path) => path!.at(-1)!.element.name);
};

describe('the label column of Parquet', () => {
  it('is known by the same names, asked for otherwise, and chosen by name or position', () => {
    expect(layoutOf(['p0', 'Class_ID', 'p1'])).toEqual(['Class_ID', 'p0', 'p1']);
    expect(() => layoutOf(['kind', 'p0', 'p1'])).toThrow('its columns are "kind", "p0", "p1"');
    expect(layoutOf(['p0', 'kind', 'p1'], 'Kind')).toEqual(['kind', 'p0', 'p1']);
    expect(layoutOf(['p0', 'kind', 'p1'], -2)).toEqual(['kind', 'p0', 'p1']);
  });

  it('is asked for beside images too, even when one other column is all there is', async () => {
    const spec = {
      uri: 'images-bytes.parquet',
      shape: { width: 4, height: 4, channels: 1 } as const,
    };
    const folder = join(import.meta.dirname, 'parquet-files');
    await expect(read(folder, spec)).rejects.toThrow('its columns are "img", "kind"');
    const { dataset } = await read(folder, { ...spec, labelColumn: 1 });
    expect(dataset.classes).toEqual(['cat', 'dog', 'emu']);
  });
});

describe('a label column', () => {
  it('is refused as a question when two columns could be it', () => {
    expect(() => findLabelColumn(['label', 'p0', 'class'], undefined)).toThrow(
      'several of its columns could be the label ("label", "class")',
    );
    expect(() => findLabelColumn(['label', 'label', 'p0'], undefined)).toThrow('"label", "label"');
    expect(() => findLabelColumn(['kind', 'kind'], 'kind')).toThrow('called "kind"');
    expect(findLabelColumn(['Kind', 'kind'], 'kind')).toBe(1);
  });

  it('is y, but not beside an x, whose other coordinate it is', () => {
    expect(findLabelColumn(['p0', 'y'], undefined)).toBe(1);
    expect(() => findLabelColumn(['path', 'x', 'y'], undefined)).toThrow('no column of labels');
    expect(findLabelColumn(['x', 'y'], undefined, (column) => column === 0)).toBe(1);
  });

  it('is none that holds the images', () => {
    expect(() => findLabelColumn(['label', 'pixels'], -1, (column) => column === 1)).toThrow(
      '"pixels" holds images and no labels',
    );
  });

  it('is named among at most eight columns, and a hundred in the details', () => {
    const names = Array.from({ length: 785 }, (_, column) => `p${column}`);
    const refusal = expect.objectContaining({
      message: expect.stringContaining('"p7", ... (785 in all)'),
      details: { option: 'labelColumn', columns: names.slice(0, 100) },
    });
    expect(() => findLabelColumn(names, undefined)).toThrow(refusal);
  });
});

/** A line of a CSV file: a label, then numbers that go up. */
const line = (label: string | number, start: number, step = 1, size = 16) =>
  [label, ...Array.from({ length: size }, (_, pixel) => start + pixel * step)].join(',');
const data = `${line(0, 9, 3)}\n${line(1, 200, 2)}\n`;
const numbered = (start: number) => `${line('label', start)}\n${data}`;
const rowsIn = async (text: string, maxBadRows = 0) =>
  (await readText('x.csv', text, {}, { maxBadRows })).rowsRead;

describe('the first row of a CSV file', () => {
  it.each([[0], [1]])('is a header when it numbers the pixels from %s', async (start) => {
    const { dataset, rowsRead } = await readText('x.csv', numbered(start));
    expect([dataset.classes, rowsRead, dataset.pixels[0]]).toEqual([['0', '1'], 2, 9]);
  });

  it('is a header when its numbers go beyond 255, whatever the label is called', async () => {
    const text = `${line('species', 0, 1, 324)}\n${line(0, 9, 0, 324)}\n${line(1, 7, 0, 324)}`;
    await expect(readText('x.csv', text)).rejects.toThrow('its columns are "species", "0"');
    for (const labelColumn of ['species', 0]) {
      expect((await readText('x.csv', text, { labelColumn })).rowsRead).toBe(2);
    }
  });

  it('is a header in every part of a table, or refused as another one', async () => {
    const same = await folderWith({ 'set/part-0.csv': numbered(0), 'set/part-1.csv': numbered(0) });
    expect((await read(same, { uri: 'set' })).rowsRead).toBe(4);
    const other = await folderWith({
      'set/part-0.csv': numbered(0),
      'set/part-1.csv': numbered(1),
    });
    await expect(read(other, { uri: 'set' })).rejects.toThrow('different headers');
  });

  it('is an example where it holds pixels: of a class called y, of a ramp, with a broken pixel', async () => {
    expect(await rowsIn('y,0,0,7,7\nz,5,5,9,9\n')).toBe(2);
    expect(await rowsIn(`${line('a', 0)}\n${line('b', 1)}\n`)).toBe(2);
    expect(await rowsIn(`a,1,x,3,4\n${'a,1,2,3,4\nb,1,2,3,4\n'.repeat(2)}`, 1)).toBe(5);
  });
});

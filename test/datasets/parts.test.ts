import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../src/repository/stores/memory-store.ts';
import { tar } from '../support/tar.ts';
import { zip } from '../support/zip.ts';
import { hadoopSnappy } from '../support/hadoop-snappy.ts';
import { read, readText } from './dataset-files.ts';
import { folderWith } from './pictures.ts';

/** Twelve 2x2 examples, as lines of CSV. */
const lines = Array.from(
  { length: 12 },
  (_, row) => `${['cat', 'dog', 'emu'][row % 3]},${row},${row * 2},${row * 3},${row * 20}`,
);
const header = 'label,p0,p1,p2,p3';
const asJson = (line: string) => {
  const [label, ...pixels] = line.split(',');
  return JSON.stringify({ label, pixels: pixels.map(Number) });
};

/** The lines in parts of five, as Spark names them. */
function inParts(all: readonly string[], extension: string): [name: string, text: string][] {
  const uuid = '-0b1c2d3e-4f5a-6b7c-8d9e-0f1a2b3c4d5e-c000';
  return [0, 1, 2].map((part) => [
    `part-0000${part}${uuid}.${extension}`,
    all
      .slice(part * 5, part * 5 + 5)
      .map((line) => `${line}\n`)
      .join(''),
  ]);
}

/** What Spark leaves beside its parts, which is no data. */
const litter = { _SUCCESS: '', '._SUCCESS.crc': 'x', '.part-00000.csv.crc': 'x', _started_1: '' };

type Files = Record<string, string | Buffer>;
const forms: [string, () => Promise<Files>][] = [
  ['CSV without headers', async () => Object.fromEntries(inParts(lines, 'csv'))],
  [
    'CSV with a header in each part, one of them without rows',
    async () => ({
      ...Object.fromEntries(
        inParts(lines, 'csv').map(([name, text]) => [name, `${header}\n${text}`]),
      ),
      'part-00003.csv': `${header}\n`,
    }),
  ],
  [
    'CSV with a header in the first part only, one of them empty',
    async () => ({
      ...Object.fromEntries(
        inParts(lines, 'csv').map(([name, text], part) => [
          name,
          part ? text : `${header}\n${text}`,
        ]),
      ),
      'part-00003.csv': '',
    }),
  ],
  [
    'gzipped CSV',
    async () =>
      Object.fromEntries(
        inParts(lines, 'csv.gz').map(([name, text]) => [name, gzipSync(Buffer.from(text))]),
      ),
  ],
  [
    'CSV in Hadoop’s snappy',
    async () =>
      Object.fromEntries(
        inParts(lines, 'csv.snappy').map(([name, text]) => [name, hadoopSnappy(text)]),
      ),
  ],
  ['JSON lines called .json', async () => Object.fromEntries(inParts(lines.map(asJson), 'json'))],
  [
    'JSON arrays',
    async () =>
      Object.fromEntries(
        inParts(lines.map(asJson), 'json').map(([name, text]) => [
          name,
          `[${text.trim().replaceAll('\n', ',')}]`,
        ]),
      ),
  ],
];

describe('a folder of part files', () => {
  it.each(forms)('is one dataset, in the order of their names: %s', async (_, make) => {
    const parts = await make();
    const files = { ...parts, ...litter };
    const entries = Object.entries(files).map(([name, data]) => ({ name: `out/${name}`, data }));
    const folder = await folderWith({
      ...Object.fromEntries(entries.map(({ name, data }) => [name, data])),
      'out.zip': zip(entries),
      'out.tar': await tar(entries),
    });
    const store = createMemoryStore();
    for (const { name, data } of entries) {
      if (!name.includes('/.')) await store.write(`some/${name}`, Buffer.from(data));
    }
    const expected = await readText('rows.csv', lines.join('\n'));
    const options = { openStore: () => ({ ...store, close: async () => {} }) };
    for (const uri of [
      'out',
      'out.zip',
      'out.tar',
      's3://bucket/some/out/',
      's3://bucket/some/out',
    ]) {
      const { dataset, ignored } = await read(folder, { uri }, options);
      expect([uri, dataset.digest]).toEqual([uri, expected.dataset.digest]);
      expect(ignored).toMatchObject({ count: 0, archives: 0, names: [] });
    }
  });

  it('may be Parquet, and holds one part at a time on this disk', async () => {
    const source = join(import.meta.dirname, 'parquet-files');
    const bytes = await readFile(join(source, 'columns-uint8-snappy.parquet'));
    const store = createMemoryStore();
    await store.write('p/_SUCCESS', Buffer.alloc(0));
    for (const part of [0, 1]) await store.write(`p/part-0000${part}.snappy.parquet`, bytes);
    const folder = await folderWith({});
    const { dataset, format } = await read(
      folder,
      { uri: 's3://b/p/' },
      { openStore: () => store },
    );
    const single = await read(source, { uri: 'columns-uint8-snappy.parquet' });
    expect(format).toBe('parquet');
    expect(dataset.labels).toHaveLength(24);
    expect(dataset.pixels.subarray(0, dataset.pixels.length / 2)).toEqual(single.dataset.pixels);
  });

  it('tells bad rows with the part they are in', async () => {
    const folder = await folderWith({
      'out/part-0.csv': 'a,1\nb,2\nb,300\n',
      'out/part-1.csv': 'a,1\nb\n',
    });
    const { badRows } = await read(folder, { uri: 'out' }, { maxBadRows: 2 });
    expect(badRows.rows).toEqual([
      { line: 3, entry: 'part-0.csv', reason: 'pixel 0 is not a number from 0 to 255' },
      { line: 2, entry: 'part-1.csv', reason: 'it has 0 pixels instead of 1' },
    ]);
  });

  it('may be uploaded part by part', async () => {
    const parts = Object.fromEntries(inParts(lines, 'csv'));
    const folder = await folderWith(parts);
    const uploads = Object.keys(parts)
      .toReversed()
      .map((name) => ({ part: 'file', name, file: join(folder, name) }));
    const expected = await readText('rows.csv', lines.join('\n'));
    expect((await read(folder, {}, { uploads })).dataset.digest).toBe(expected.dataset.digest);
  });

  it('leaves out what lies beside the data, and says so', async () => {
    const parts = Object.fromEntries(inParts(lines, 'csv'));
    const folder = await folderWith({ ...parts, 'README.md': 'x', 'old.zip': 'x', _notes: 'x' });
    const { dataset, ignored } = await read(folder, { uri: '.' });
    expect(dataset.labels).toHaveLength(12);
    expect(ignored).toEqual({
      count: 3,
      archives: 1,
      names: ['_notes', 'old.zip', 'README.md'],
      kinds: [
        { reason: 'its name begins with "_"', count: 1, names: ['_notes'] },
        { reason: 'an archive among the files', count: 1, names: ['old.zip'] },
        { reason: 'another table or file', count: 1, names: ['README.md'] },
      ],
    });
  });
});

describe('a folder that cannot be read as one', () => {
  const part = { 'part-0.csv': 'a,1\nb,2\n' };
  it.each([
    [
      'its writer has not finished',
      { ...part, '_temporary/0/task_1/part-1.csv': 'a,1\n' },
      'GLIMPSE_DATASET_UNFINISHED',
    ],
    ['it is a Delta table', { ...part, '_delta_log/0.json': '{}' }, 'GLIMPSE_DATASET_INVALID'],
    [
      'its parts have different headers',
      {
        'part-0.csv': 'label,a,b,c,d\nx,1,2,3,4\ny,1,2,3,4\n',
        'part-1.csv': 'label,b,a,c,d\nx,1,2,3,4\n',
      },
      'GLIMPSE_DATASET_INVALID',
    ],
    [
      'it holds several tables',
      { 'train-0.csv': 'a,1\nb,2\n', 'test-0.csv': 'a,1\nb,2\n' },
      'GLIMPSE_DATASET_INVALID',
    ],
    [
      'its parts lie in folders of their own',
      { 'label=a/part-0.csv': '1\n', 'label=b/part-0.csv': '2\n' },
      'GLIMPSE_DATASET_INVALID',
    ],
    [
      'it holds several formats',
      { ...part, 'part-1.json': '{"label":"a","pixels":[1]}' },
      'GLIMPSE_DATASET_INVALID',
    ],
    [
      'a part is broken',
      { ...part, 'part-1.csv.gz': gzipSync('a,1\n'.repeat(99)).subarray(0, 25) },
      'GLIMPSE_DATASET_INVALID',
    ],
    [
      'a part is not Hadoop’s snappy',
      { ...part, 'part-1.csv.snappy': 'sNaPpY and more bytes' },
      'GLIMPSE_DATASET_INVALID',
    ],
    [
      'a part is snappy cut off',
      { ...part, 'part-1.csv.snappy': hadoopSnappy('a,1\n'.repeat(99)).subarray(0, 60) },
      'GLIMPSE_DATASET_INVALID',
    ],
    ['all parts are empty', { 'part-0.csv': '', 'part-1.csv': '' }, 'GLIMPSE_DATASET_EMPTY'],
    ['it was finished without data', { _SUCCESS: '' }, 'GLIMPSE_DATASET_EMPTY'],
  ])('is refused with its reason: %s', async (_, files, code) => {
    const folder = await folderWith(files);
    await expect(read(folder, { uri: '.' })).rejects.toMatchObject({ code });
  });

  it('is read when its writer left "_temporary" behind but says that it finished', async () => {
    const folder = await folderWith({ ...part, '_temporary/0/x': '', _SUCCESS: '' });
    expect((await read(folder, { uri: '.' })).dataset.labels).toHaveLength(2);
  });
});

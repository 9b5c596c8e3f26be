import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { folderWith } from './pictures.ts';
import { read, readText, temporaryFolder, twoRows } from './dataset-files.ts';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const csv = `${twoRows.map(({ label, pixels }) => [label, ...pixels].join(',')).join('\n')}\n`;
const json = JSON.stringify(twoRows);
const ndjson = `${twoRows.map((row) => JSON.stringify(row)).join('\n')}\n`;

const rows = (...labels: string[]) =>
  labels.map((label) => JSON.stringify({ label, pixels: [1, 2, 3, 200] })).join('\n');

describe('a table that is called something else', () => {
  it.each([
    ['a.json', csv, 'csv', '"a.json" is csv by its bytes, and is read as that.'],
    ['a.jsonl', csv, 'csv', '"a.jsonl" is csv by its bytes, and is read as that.'],
    ['a.parquet', csv, 'csv', '"a.parquet" is csv by its bytes, and is read as that.'],
    ['a.csv', json, 'json', '"a.csv" is json by its bytes, and is read as that.'],
    ['a.csv', ndjson, 'ndjson', '"a.csv" is ndjson by its bytes, and is read as that.'],
    ['a.tsv', `\uFEFF \n${json}`, 'json', '"a.tsv" is json by its bytes, and is read as that.'],
    ['a.ndjson', json, 'json', undefined],
    ['a.json', ndjson, 'json', undefined],
    ['a.ndjson', ndjson, 'ndjson', undefined],
    ['a.csv', csv, 'csv', undefined],
    ['a.csv', csv.replaceAll(',', ';'), 'csv', undefined],
    ['a.csv', csv.replaceAll('a,', '"a",'), 'csv', undefined],
    ['a.txt', json, 'json', undefined],
  ] as const)(
    'is read as what it is, and a note says so: %s %#',
    async (name, text, format, note) => {
      const plain = await readText('plain.csv', csv);
      const opened = await readText(name, text);
      expect(opened.format).toBe(format);
      expect(opened.dataset.digest).toBe(plain.dataset.digest);
      expect(opened.notes).toEqual(note === undefined ? [] : [note]);
    },
  );

  it.each([
    ['a.csv', gzipSync(csv)],
    ['a.json', gzipSync(json)],
    ['a.csv', gzipSync(ndjson)],
  ])('is unpacked when it is packed, whatever it is called: %s', async (name, bytes) => {
    expect((await readText(name, bytes)).dataset.labels).toHaveLength(2);
  });

  it('is read although its name says that it is packed', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'a.csv.gz'), csv);
    expect((await read(folder, { uri: 'a.csv.gz' })).dataset.labels).toHaveLength(2);
  });

  it('is refused when the request says that it is something else', async () => {
    await expect(readText('a.csv', json, { format: 'csv' })).rejects.toThrow(
      '"a.csv" is JSON and not csv; dataset.format (--format) says what it is',
    );
    await expect(readText('a.json', csv, { format: 'json' })).rejects.toThrow(
      '"a.json" is CSV and not json; dataset.format (--format) says what it is',
    );
  });

  it('is named when it is a part among others, and read when all are said to be so', async () => {
    const mixed = await folderWith({ 'part-0.csv': csv, 'part-1.csv': rows('a', 'b') });
    await expect(read(mixed, { uri: '.' })).rejects.toThrow('"part-1.csv" is JSON and not csv');
    const all = await folderWith({ 'part-0.csv': rows('a', 'b'), 'part-1.csv': rows('b', 'a') });
    await expect(read(all, { uri: '.' })).rejects.toThrow('"part-0.csv" is JSON and not csv');
    const { dataset } = await read(all, { uri: '.', format: 'ndjson' });
    expect([...dataset.labels]).toEqual([0, 1, 1, 0]);
  });
});

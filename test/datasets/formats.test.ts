import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Dataset } from '../../src/datasets/dataset.ts';
import { idx, read, readText, temporaryFolder, twoRows } from './dataset-files.ts';

const pixels = [0, 1, 2, 3, 252, 253, 254, 255];

function expectTwoRows(dataset: Dataset) {
  expect([...dataset.pixels]).toEqual(pixels);
  expect([...dataset.labels]).toEqual([0, 1]);
  expect(dataset.classes).toEqual(['a', 'b']);
  expect(dataset.shape).toEqual({ width: 2, height: 2, channels: 1 });
}

describe('CSV datasets', () => {
  const headless = 'a,0,1,2,3\nb,252,253,254,255\n';
  it.each([
    ['without a header, label first', headless, {}],
    [
      'with a header and a label column in the middle',
      'p0,p1,label,p2,p3\n0,1,a,2,3\n252,253,b,254,255\n',
      {},
    ],
    [
      'with a label column named by the request',
      'p0,p1,p2,p3,kind\n0,1,2,3,a\n252,253,254,255,b',
      { labelColumn: 'kind' },
    ],
    ['with a label column by position', '0,1,a,2,3\n252,253,b,254,255\n', { labelColumn: 2 }],
    ['with the label last', '0,1,2,3,a\n252,253,254,255,b\n', { labelColumn: -1 }],
    [
      'with CRLF, blank lines and a byte order mark',
      '\uFEFFa,0,1,2,3\r\n\r\nb,252,253,254,255\r\n',
      {},
    ],
    ['with quotes and blanks', '"a", 0, 1, 2, 3\n"b", 252, 253, 254, 255\n', {}],
    ['with semicolons', headless.replaceAll(',', ';'), {}],
    ['with tabs', headless.replaceAll(',', '\t'), {}],
  ])('are read %s', async (_, text, spec) => {
    expectTwoRows((await readText('rows.csv', text, spec)).dataset);
  });

  it('are read through gzip, by their bytes and not by their name', async () => {
    expectTwoRows((await readText('rows.csv.gz', headless)).dataset);
    expectTwoRows((await readText('rows.csv', gzipSync(headless))).dataset);
  });

  it('round broken pixel values to the nearest byte', async () => {
    const { dataset } = await readText('rows.csv', 'a,0.4,1.5,254.6,9\nb,1,1,1,1\n');
    expect([...dataset.pixels.subarray(0, 4)]).toEqual([0, 2, 255, 9]);
  });
});

describe('JSON datasets', () => {
  it.each([
    ['an array', 'rows.json', JSON.stringify(twoRows)],
    ['an indented array', 'rows.json', JSON.stringify(twoRows, null, 2)],
    [
      'an object with "instances"',
      'rows.json',
      JSON.stringify({ name: '[x', meta: { instances: 1 }, instances: twoRows, more: [1] }),
    ],
    ['NDJSON', 'rows.ndjson', twoRows.map((row) => JSON.stringify(row)).join('\n')],
    [
      'JSON lines with blank lines and CRLF',
      'rows.jsonl',
      `${twoRows.map((row) => JSON.stringify(row)).join('\r\n\r\n')}\r\n`,
    ],
    ['gzipped NDJSON', 'rows.ndjson.gz', twoRows.map((row) => JSON.stringify(row)).join('\n')],
    [
      '"features" and "class"',
      'rows.json',
      JSON.stringify(twoRows.map(({ label, pixels: features }) => ({ class: label, features }))),
    ],
    ['an array without a telling name', 'rows', JSON.stringify(twoRows)],
    [
      'NDJSON without a telling name',
      'rows.txt',
      twoRows.map((row) => JSON.stringify(row)).join('\n'),
    ],
    [
      'an indented object without a telling name',
      'rows.dat',
      JSON.stringify({ data: twoRows }, null, 1),
    ],
  ])('are read as %s', async (_, name, text) => {
    expectTwoRows((await readText(name, text)).dataset);
  });

  it('take rows of rows and tell height from width', async () => {
    const rows = [
      {
        label: 1,
        pixels: [
          [1, 2, 3],
          [4, 5, 6],
        ],
      },
      {
        label: 0,
        pixels: [
          [7, 8, 9],
          [10, 11, 12],
        ],
      },
    ];
    const { dataset } = await readText('rows.json', JSON.stringify(rows));
    expect(dataset.shape).toEqual({ width: 3, height: 2, channels: 1 });
    expect([...dataset.pixels]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it('take colour as nested triples and as flat squares of three channels', async () => {
    const nested = [
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      [
        [7, 8, 9],
        [10, 11, 12],
      ],
    ];
    const rows = [
      { label: 'a', pixels: nested },
      { label: 'b', pixels: nested.flat(2) },
    ];
    const { dataset } = await readText('rows.json', JSON.stringify(rows));
    expect(dataset.shape).toEqual({ width: 2, height: 2, channels: 3 });
    expect(dataset.pixels).toHaveLength(24);
  });

  it('give the same bytes as CSV and therefore the same digest', async () => {
    const json = await readText('rows.json', JSON.stringify(twoRows));
    const csv = await readText('rows.csv', 'a,0,1,2,3\nb,252,253,254,255\n');
    expect(json.dataset.digest).toBe(csv.dataset.digest);
    expect(json.dataset.digest).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('IDX datasets', () => {
  const images = idx([2, 2, 2], Uint8Array.from(pixels));
  const labels = idx([2], Uint8Array.from([7, 3]));

  it.each([[false], [true]])('find the labels beside the images (gzip: %s)', async (compress) => {
    const folder = await temporaryFolder();
    const pack = (bytes: Buffer) => (compress ? gzipSync(bytes) : bytes);
    const end = compress ? '.gz' : '';
    await writeFile(join(folder, `my-images-idx3-ubyte${end}`), pack(images));
    await writeFile(join(folder, `my-labels-idx1-ubyte${end}`), pack(labels));
    const { dataset, format } = await read(folder, { uri: `my-images-idx3-ubyte${end}` });
    expect(format).toBe('idx');
    expect([...dataset.pixels]).toEqual(pixels);
    expect(dataset.classes).toEqual(['3', '7']);
    expect([...dataset.labels]).toEqual([1, 0]);
  });

  it('are found in the MNIST folder, and keep all ten classes under a limit', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'mnist'));
    await writeFile(join(folder, 'mnist', 'train-images-idx3-ubyte'), images);
    await writeFile(join(folder, 'mnist', 'train-labels-idx1-ubyte'), labels);
    const { dataset } = await read(folder, { uri: 'mnist:', limit: 1 });
    expect(dataset.classes).toEqual(['3', '7']);
    expect([...dataset.labels]).toEqual([1]);
  });

  it('are paired by their headers when uploaded, in whatever order', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, '0'), labels);
    await writeFile(join(folder, '1'), images);
    const uploads = [
      { part: 'file', name: 'y', file: join(folder, '0') },
      { part: 'file', name: 'x', file: join(folder, '1') },
    ];
    const { dataset } = await read(folder, {}, { uploads });
    expect([...dataset.labels]).toEqual([1, 0]);
  });

  it('take class names for class numbers', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'images.idx'), images);
    await writeFile(join(folder, 'l'), idx([2], Uint8Array.from([1, 0])));
    const spec = { uri: 'images.idx', labelsUri: 'l', classes: ['cat', 'dog'] };
    const { dataset } = await read(folder, spec);
    expect([...dataset.labels]).toEqual([1, 0]);
    expect(dataset.classes).toEqual(['cat', 'dog']);
  });
});

async function digestOf(text: string, spec = {}): Promise<string> {
  return (await readText('rows.csv', text, spec)).dataset.digest;
}

describe('a dataset', () => {
  const many = Array.from({ length: 20 }, (_, index) => `${index % 4},${index},0,0,0`).join('\n');

  it('starts at its offset and ends at its limit', async () => {
    const { dataset } = await readText('rows.csv', many, { offset: 5, limit: 6 });
    expect([...dataset.pixels].filter((_, index) => index % 4 === 0)).toEqual([5, 6, 7, 8, 9, 10]);
    expect([...dataset.labels]).toEqual([1, 2, 3, 0, 1, 2]);
  });

  it('sorts class numbers as numbers and names as text', async () => {
    const numbers = await readText('n.csv', '10,1\n9,1\n2.0,1\n2,3\n');
    expect(numbers.dataset.classes).toEqual(['2', '9', '10']);
    const names = await readText('t.csv', 'x10,1\nx9,1\nx2,1\n');
    expect(names.dataset.classes).toEqual(['x10', 'x2', 'x9']);
  });

  it('has another digest as soon as one pixel, label, class or the shape differs', async () => {
    const digests = await Promise.all([
      digestOf('a,0,0,0,0\nb,0,0,0,0\n'),
      digestOf('a,0,0,0,1\nb,0,0,0,0\n'),
      digestOf('b,0,0,0,0\na,0,0,0,0\n'),
      digestOf('a,0,0,0,0\nc,0,0,0,0\n'),
      digestOf('a,0,0,0,0\nb,0,0,0,0\n', { shape: { width: 4, height: 1, channels: 1 } }),
    ]);
    expect(new Set(digests).size).toBe(5);
  });
});

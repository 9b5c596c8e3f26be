import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { encodePng } from '../../src/image/encode-png.ts';
import type { DatasetSpec } from '../../src/datasets/spec.ts';
import { tar } from '../support/tar.ts';
import { zip } from '../support/zip.ts';
import { idx } from './dataset-files.ts';

/** The same forty images in every form a dataset may have. */

export interface Example {
  readonly label: number;
  readonly pixels: readonly number[];
  readonly png: Buffer;
}

export type Files = Readonly<Record<string, string | Uint8Array>>;

export interface Form {
  readonly name: string;
  readonly files: () => Promise<Files>;
  /** Relative to the folder, or the bucket, that holds the files. */
  readonly uri: string;
  readonly spec?: Omit<DatasetSpec, 'uri'>;
}

const shape = { width: 8, height: 8, channels: 1 } as const;

/** As write-fixtures.py makes them: class after class, so that folders of classes have the same order. */
const examples: readonly Example[] = await Promise.all(
  Array.from({ length: 40 }, async (_, index) => {
    const label = index < 14 ? 0 : index < 27 ? 1 : 2;
    const at = (pixel: number): number => (index * 37 + pixel * 11 + label * 64) % 256;
    const pixels = Array.from({ length: 64 }, (_unused, pixel) => at(pixel));
    return { label, pixels, png: await encodePng(Uint8Array.from(pixels), shape) };
  }),
);

/** The digest of a dataset, taken here by its definition. */
export function expectedDigest(): string {
  const hash = createHash('sha256').update(JSON.stringify([8, 8, 1, ['0', '1', '2']]));
  hash.update(Int32Array.from(examples, ({ label }) => label));
  for (const { pixels } of examples) hash.update(Uint8Array.from(pixels));
  return hash.digest('hex');
}

const lines = (rows: readonly string[]): string => rows.map((row) => `${row}\n`).join('');
const csvRows = examples.map(({ label, pixels }) => [label, ...pixels].join(','));
const jsonRows = examples.map(({ label, pixels }) => JSON.stringify({ label, pixels }));
const header = ['label', ...examples[0]!.pixels.map((_, pixel) => `p${pixel}`)].join(',');
const pathOf = ({ label }: Example, index: number): string =>
  `${label}/${String(index).padStart(2, '0')}.png`;
const images = (below = ''): Files =>
  Object.fromEntries(examples.map((one, index) => [below + pathOf(one, index), one.png]));
const entries = (): { name: string; data: Buffer }[] =>
  examples.map((one, index) => ({ name: pathOf(one, index), data: one.png }));
const idxImages = idx([40, 8, 8], Uint8Array.from(examples.flatMap(({ pixels }) => pixels)));
const idxLabels = idx(
  [40],
  Uint8Array.from(examples, ({ label }) => label),
);
const parquet = (name: string): Promise<Buffer> =>
  readFile(join(import.meta.dirname, 'parquet-files', `${name}.parquet`));

/** Parts as Spark names them, with what it leaves beside them. */
const spark = (extension: string, parts: readonly (string | Uint8Array)[]): Files => ({
  _SUCCESS: '',
  '._SUCCESS.crc': 'x',
  ...Object.fromEntries(
    parts.map((part, index) => [`part-0000${index}-0b1c2d3e-c000.${extension}`, part]),
  ),
});
const csvParts = [csvRows.slice(0, 17), csvRows.slice(17)].map((rows) => lines([header, ...rows]));

const one = (file: string, content: string | Uint8Array): Pick<Form, 'files' | 'uri'> => ({
  files: async () => ({ [file]: content }),
  uri: file,
});
const inside = (folder: string, make: () => Promise<Files>): Pick<Form, 'files' | 'uri'> => ({
  files: async () =>
    Object.fromEntries(
      Object.entries(await make()).map(([name, content]) => [`${folder}/${name}`, content]),
    ),
  uri: `${folder}/`,
});

export const forms: readonly Form[] = [
  { name: 'CSV', ...one('rows.csv', lines([header, ...csvRows])) },
  { name: 'gzipped CSV', ...one('rows.csv.gz', gzipSync(lines(csvRows))) },
  { name: 'JSON', ...one('rows.json', `{"instances": [${jsonRows.join(',\n')}]}`) },
  { name: 'NDJSON', ...one('rows.ndjson', lines(jsonRows)) },
  {
    name: 'a pair of IDX files',
    files: async () => ({ 'a-images-idx3-ubyte': idxImages, 'a-labels-idx1-ubyte': idxLabels }),
    uri: 'a-images-idx3-ubyte',
  },
  {
    name: 'a pair of gzipped IDX files',
    files: async () => ({
      'a-images-idx3-ubyte.gz': gzipSync(idxImages),
      'a-labels-idx1-ubyte.gz': gzipSync(idxLabels),
    }),
    uri: 'a-images-idx3-ubyte.gz',
  },
  { name: 'class folders', ...inside('set', async () => images()), spec: { shape } },
  {
    name: 'a zip',
    files: async () => ({ 'set.zip': zip(entries().toReversed()) }),
    uri: 'set.zip',
    spec: { shape },
  },
  {
    name: 'a tar',
    files: async () => ({ 'set.tar': await tar(entries()) }),
    uri: 'set.tar',
    spec: { shape },
  },
  {
    name: 'a tar.gz',
    files: async () => ({ 'set.tar.gz': gzipSync(await tar(entries())) }),
    uri: 'set.tar.gz',
    spec: { shape },
  },
  {
    name: 'a manifest as CSV',
    files: async () => ({
      ...images('files/'),
      'list.csv': lines([
        'path,label',
        ...examples.map((e, i) => `files/${pathOf(e, i)},${e.label}`),
      ]),
    }),
    uri: 'list.csv',
    spec: { shape },
  },
  {
    name: 'a manifest as JSON lines',
    files: async () => ({
      ...images(),
      'list.jsonl': lines(
        examples.map((e, i) => JSON.stringify({ file: pathOf(e, i), label: e.label })),
      ),
    }),
    uri: 'list.jsonl',
    spec: { shape },
  },
  {
    name: 'an augmented manifest of SageMaker',
    files: async () => ({
      ...images(),
      'output.manifest': lines(
        examples.map((e, i) =>
          JSON.stringify({
            'source-ref': pathOf(e, i),
            kind: e.label,
            'kind-metadata': { 'class-name': String(e.label), confidence: 1, type: 'x' },
          }),
        ),
      ),
    }),
    uri: 'output.manifest',
    spec: { shape },
  },
  {
    name: 'Parquet',
    files: async () => ({ 'rows.parquet': await parquet('forms') }),
    uri: 'rows.parquet',
  },
  {
    name: 'Parquet with images',
    files: async () => ({ 'images.parquet': await parquet('forms-png') }),
    uri: 'images.parquet',
    spec: { shape },
  },
  { name: 'CSV parts of Spark', ...inside('table', async () => spark('csv', csvParts)) },
  {
    name: 'gzipped CSV parts of Spark',
    ...inside('table', async () =>
      spark(
        'csv.gz',
        csvParts.map((part) => gzipSync(part)),
      ),
    ),
  },
  {
    name: 'Parquet parts of Spark',
    ...inside('table', async () =>
      spark('snappy.parquet', [await parquet('forms-part-0'), await parquet('forms-part-1')]),
    ),
  },
];

/** Of these the bucket shows something else than a folder: prefixes, many objects, several parts. */
export const inBuckets = forms.filter(({ name }) =>
  /^(CSV|class folders|a zip|.*IDX files|an augmented.*|.* of Spark|Parquet.*)$/.test(name),
);

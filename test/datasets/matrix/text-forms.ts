import { gzipSync } from 'node:zlib';
import { bzip2 } from '../../support/bzip2.ts';
import { hadoopSnappy } from '../../support/hadoop-snappy.ts';
import { xz } from '../../support/xz.ts';
import {
  examples,
  inside,
  lines,
  one,
  shape,
  side,
  spark,
  utf16,
  type Form,
} from './logical-dataset.ts';

interface Layout {
  readonly delimiter?: string;
  readonly header?: 'names' | 'numbers' | 'none';
  readonly label?: string;
  readonly labelAt?: 'first' | 'middle' | 'last';
  readonly quoted?: boolean;
  readonly end?: string;
  /** How a pixel is written. */
  readonly cell?: (value: number) => string;
}

/** The rows as a table, as one writer or another lays it out. */
function table({
  delimiter = ',',
  header = 'names',
  label = 'label',
  labelAt = 'first',
  quoted = false,
  end = '\n',
  cell = String,
}: Layout = {}): string {
  const place = { first: 0, middle: 20, last: side * side }[labelAt];
  const row = (own: string, pixels: readonly string[]): string => {
    const cells = [...pixels.slice(0, place), own, ...pixels.slice(place)];
    return (quoted ? cells.map((one) => `"${one}"`) : cells).join(delimiter);
  };
  const names = Array.from({ length: side * side }, (_, at) =>
    header === 'names' ? `p${at}` : String(at),
  );
  const rows = examples.map((one) => row(String(one.label), Array.from(one.pixels, cell)));
  return lines(header === 'none' ? rows : [row(label, names), ...rows], end);
}

const csv = (name: string, layout: Layout, spec?: Form['spec']): Form => ({
  name: `CSV ${name}`,
  ...one('rows.csv', () => table(layout)),
  ...(spec && { spec }),
});

const flat = examples.map(({ label, pixels }) => ({ label, pixels: [...pixels] }));
const nested = examples.map(({ label, pixels }) => ({
  label,
  pixels: Array.from({ length: side }, (_, y) => [...pixels.subarray(y * side, (y + 1) * side)]),
}));
const ndjson = (rows: readonly object[]): string => lines(rows.map((row) => JSON.stringify(row)));
const wide = examples.map(({ label, pixels }) => ({
  ...Object.fromEntries(Array.from(pixels, (value, at) => [`p${at}`, value])),
  label,
}));
const encoded = (text: (png: Buffer) => string) =>
  examples.map(({ label, png }) => ({ label, image: text(png) }));
const base64 = (png: Buffer): string => png.toString('base64');
const halves = [examples.slice(0, 17), examples.slice(17)];
const bare = (some: typeof examples): string =>
  lines(some.map(({ label, pixels }) => [label, ...pixels].join(',')));

export const textForms: readonly Form[] = [
  csv('with a header', {}),
  csv('without a header', { header: 'none' }),
  csv('with a header of numbers', { header: 'numbers' }),
  csv('with the label last', { labelAt: 'last' }),
  csv('with the label last, without a header', { header: 'none', labelAt: 'last' }),
  csv('with the label in the middle', { labelAt: 'middle', label: 'Class ' }),
  csv(
    'with a label that is asked for',
    { labelAt: 'middle', label: 'kind' },
    { labelColumn: 'kind' },
  ),
  csv('with semicolons', { delimiter: ';' }),
  csv('with bars', { delimiter: '|' }),
  csv('with blanks around its cells', { delimiter: ' , ' }),
  csv('with quotes', { quoted: true }),
  csv('with line ends of Windows', { end: '\r\n' }),
  csv('with line ends of old Macs', { end: '\r' }),
  csv('of floats', { cell: (value) => value.toFixed(1) }),
  csv('of 0 to 1', { cell: (value) => (value / 255).toFixed(6) }, { range: 1 }),
  { name: 'tabs', ...one('rows.tsv', () => table({ delimiter: '\t' })) },
  { name: 'CSV with a mark of UTF-8', ...one('rows.csv', () => `\uFEFF${table()}`) },
  { name: 'CSV in UTF-16LE', ...one('rows.csv', () => utf16(table(), 'LE')) },
  { name: 'CSV in UTF-16BE', ...one('rows.csv', () => utf16(table({ end: '\r\n' }), 'BE')) },
  { name: 'CSV under a name that says nothing', ...one('rows', () => table()) },
  { name: 'gzipped CSV', ...one('rows.csv.gz', () => gzipSync(table())) },
  { name: 'CSV in bzip2', ...one('rows.csv.bz2', () => bzip2(table())) },
  { name: 'CSV in xz', ...one('rows.csv.xz', () => xz(table())) },
  { name: 'CSV in Hadoop’s snappy', ...one('rows.csv.snappy', () => hadoopSnappy(table())) },
  { name: 'JSON with instances', ...one('rows.json', () => JSON.stringify({ instances: flat })) },
  { name: 'a JSON array', ...one('rows.json', () => JSON.stringify(flat, null, 1)) },
  { name: 'a JSON array of nested rows', ...one('rows.json', () => JSON.stringify(nested)) },
  { name: 'JSON in UTF-16LE', ...one('rows.json', () => utf16(JSON.stringify(flat), 'LE')) },
  { name: 'NDJSON', ...one('rows.ndjson', () => ndjson(flat)) },
  { name: 'NDJSON of nested rows', ...one('rows.jsonl', () => ndjson(nested)) },
  { name: 'NDJSON called .json', ...one('rows.json', () => ndjson(flat)) },
  { name: 'JSON of records', ...one('rows.json', () => JSON.stringify(wide)) },
  { name: 'NDJSON of records', ...one('rows.ndjson', () => ndjson(wide)) },
  { name: 'records called .json', ...one('rows.json', () => ndjson(wide)) },
  {
    name: 'NDJSON with b64',
    ...one('rows.ndjson', () =>
      ndjson(examples.map(({ label, png }) => ({ label, b64: base64(png) }))),
    ),
    spec: { shape },
  },
  {
    name: 'JSON with data URLs',
    ...one('rows.json', () =>
      JSON.stringify(encoded((png) => `data:image/png;base64,${base64(png)}`)),
    ),
    spec: { shape },
  },
  { name: 'NDJSON in bzip2', ...one('rows.ndjson.bz2', () => bzip2(ndjson(flat))) },
  {
    name: 'CSV parts of Spark',
    ...inside('table', () =>
      spark(
        'csv',
        halves.map(
          (some) =>
            `label,${Array.from({ length: 64 }, (_, at) => `p${at}`).join(',')}\n${bare(some)}`,
        ),
      ),
    ),
  },
  {
    name: 'gzipped CSV parts of Spark',
    ...inside('table', () =>
      spark(
        'csv.gz',
        halves.map((some) => gzipSync(bare(some))),
      ),
    ),
  },
  {
    name: 'xz CSV parts',
    ...inside('table', () =>
      spark(
        'csv.xz',
        halves.map((some) => xz(bare(some))),
      ),
    ),
  },
  {
    name: 'NDJSON parts of Spark',
    ...inside('table', () => spark('json', [ndjson(flat.slice(0, 17)), ndjson(flat.slice(17))])),
  },
];

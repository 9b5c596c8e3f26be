import { gzipSync } from 'node:zlib';
import { bzip2 } from '../../support/bzip2.ts';
import { tar } from '../../support/tar.ts';
import { xz } from '../../support/xz.ts';
import { zip, type ZipEntry } from '../../support/zip.ts';
import {
  examples,
  inside,
  lines,
  one,
  shape,
  testExamples,
  type Example,
  type Files,
  type Form,
} from './logical-dataset.ts';

type Entry = { readonly name: string; readonly data: string | Uint8Array };

const number = (index: number): string => String(index).padStart(2, '0');
const pathOf = ({ label }: Example, index: number): string => `${label}/${number(index)}.png`;

/** Images in class folders. */
const images = (below = '', some = examples): Entry[] =>
  some.map((one, index) => ({ name: below + pathOf(one, index), data: one.png }));
const asFiles = (entries: readonly Entry[]): Files =>
  Object.fromEntries(entries.map(({ name, data }) => [name, data]));
const split = (below = ''): Entry[] => [
  ...images(`${below}train/`),
  ...images(`${below}test/`, testExamples),
];

/** Images of one folder, and a table that lists them. */
const listed = (
  name: string,
  rows: (path: string, label: number, index: number) => string,
  header?: string,
): Entry[] => [
  ...examples.map(({ png }, index) => ({ name: `files/${number(index)}.png`, data: png })),
  {
    name,
    data: lines([
      ...(header === undefined ? [] : [header]),
      ...examples.map(({ label }, index) => rows(`files/${number(index)}.png`, label, index)),
    ]),
  },
];

/** Samples of a WebDataset, by what lies beside each image. */
const samples = (
  beside: (label: number) => Record<string, string>,
  [from, to]: readonly [number, number] = [0, examples.length],
): Entry[] =>
  examples.slice(from, to).flatMap(({ png, label }, index) =>
    Object.entries({ png, ...beside(label) }).map(([member, data]) => ({
      name: `${String(from + index).padStart(6, '0')}.${member}`,
      data,
    })),
  );
const marked = (label: number) => ({ cls: String(label) });

const form = (name: string, rest: Omit<Form, 'name' | 'spec'>, spec: Form['spec'] = {}): Form => ({
  name,
  ...rest,
  spec: { shape, ...spec },
});
const asWindows = ({ name, data }: Entry): ZipEntry => ({
  name: name.replaceAll('/', '\\'),
  data,
  host: 0,
  mode: 0,
});

export const imageForms: readonly Form[] = [
  form(
    'class folders',
    inside('set', () => asFiles(images())),
  ),
  form(
    'class folders in folders',
    inside('set', () => asFiles(images('photos/v1/'))),
  ),
  form('class folders in splits', { ...inside('set', () => asFiles(split())), hasTest: true }),
  form(
    'a zip',
    one('set.zip', () => zip(images().toReversed())),
  ),
  form('a zip of splits in a folder', {
    ...one('set.zip', () => zip(split('set/'))),
    hasTest: true,
  }),
  form(
    'a zip without compression',
    one('set.zip', () => zip(images().map((one) => ({ ...one, stored: true })))),
  ),
  form(
    'ZIP64',
    one('set.zip', () => zip(images().map((one) => ({ ...one, zip64: true })))),
  ),
  form(
    'a zip of Windows PowerShell',
    one('set.zip', () => zip(images('set/').map(asWindows))),
  ),
  form(
    'a tar',
    one('set.tar', () => tar(images())),
  ),
  form(
    'a tar.gz',
    one('set.tar.gz', async () => gzipSync(await tar(images()))),
  ),
  form(
    'a tar.bz2',
    one('set.tar.bz2', async () => bzip2(await tar(images()))),
  ),
  form(
    'a tar.xz',
    one('set.txz', async () => xz(await tar(images()))),
  ),
  form(
    'a folder of a zip',
    inside('set', () => ({ 'set.zip': zip(images()) })),
  ),
  form(
    'a path in a zip of several',
    one('set.zip', () => zip([...images('mnist/learn/'), ...images('mnist/other/', testExamples)])),
    { path: 'mnist/learn' },
  ),
  form('a manifest as CSV', {
    files: async () =>
      asFiles(listed('list.csv', (path, label) => `${path},${label}`, 'path,label')),
    uri: 'list.csv',
  }),
  form('a manifest without a header', {
    files: async () => asFiles(listed('list.csv', (path, label) => `${label}\t${path}`)),
    uri: 'list.csv',
  }),
  form('a manifest in bzip2', {
    files: async () => {
      const { 'list.csv': text, ...rest } = asFiles(
        listed('list.csv', (path, label) => `${path},${label}`, 'path,label'),
      );
      return { ...rest, 'list.csv.bz2': bzip2(text!) };
    },
    uri: 'list.csv.bz2',
  }),
  form('a manifest as JSON lines', {
    files: async () =>
      asFiles(listed('list.jsonl', (file, label) => JSON.stringify({ file, label }))),
    uri: 'list.jsonl',
  }),
  form('an augmented manifest of SageMaker', {
    files: async () =>
      asFiles(
        listed('output.manifest', (path, label) =>
          JSON.stringify({
            'source-ref': path,
            kind: label,
            'kind-metadata': { 'class-name': String(label), confidence: 1, type: 'x' },
          }),
        ),
      ),
    uri: 'output.manifest',
  }),
  form(
    'a table of Kaggle, by stems',
    inside('set', () =>
      asFiles(listed('train.csv', (_, label, at) => `${number(at)},${label}`, 'image_id,label')),
    ),
  ),
  form(
    'a zip with its manifest',
    one('set.zip', () =>
      zip(listed('a/metadata.csv', (path, label) => `../${path},${label}`, 'file_name,label')),
    ),
  ),
  form(
    'a WebDataset',
    one('set.tar', () => tar(samples(marked))),
  ),
  form(
    'a WebDataset in tar.gz',
    one('set.tar.gz', async () => gzipSync(await tar(samples(marked)))),
  ),
  form(
    'a WebDataset with JSON',
    one('set.tar', () => tar(samples((label) => ({ json: JSON.stringify({ label }) })))),
  ),
  form(
    'a WebDataset with texts',
    one('set.tar', () => tar(samples((label) => ({ txt: `${label}\n` })))),
  ),
  form(
    'a WebDataset, unpacked',
    inside('set', () => asFiles(samples(marked))),
  ),
  form(
    'shards of a WebDataset',
    inside('set', async () => ({
      'train-0000.tar': await tar(samples(marked, [0, 15])),
      'train-0001.tar': await tar(samples(marked, [15, 16])),
      'train-0002.tar.gz': gzipSync(await tar(samples(marked, [16, 40]))),
    })),
  ),
];

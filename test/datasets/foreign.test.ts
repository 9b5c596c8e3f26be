import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { zip } from '../support/zip.ts';
import { read, readText, temporaryFolder } from './dataset-files.ts';

const latin = (text: string, length = 0): Buffer =>
  Buffer.concat([Buffer.from(text, 'latin1'), Buffer.alloc(length)]);
const at = (place: number, mark: string): Buffer =>
  Buffer.concat([Buffer.alloc(place), latin(mark, 64)]);

/** What people send in place of a dataset: a name, bytes, and how it is called. */
const foreign: readonly (readonly [string, Buffer, string])[] = [
  ['a.csv', latin('ORC\x03\0\0'), 'an ORC file; export it as Parquet or CSV'],
  ['a.parquet', latin('PARE\x03\0\0'), 'a Parquet file with an encrypted footer'],
  ['a.avro', latin('Obj\x01\x04\x14avro.codec'), 'an Avro file; export it as Parquet or CSV'],
  [
    'train.parquet',
    latin('version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n'),
    'a Git LFS pointer and not the file itself; fetch the file with "git lfs pull"',
  ],
  [
    'a.csv',
    latin('\r\n<!DOCTYPE html>\n<html><title>Sign in</title>'),
    'an HTML page; download the data itself',
  ],
  ['a.json', latin('<html lang="en">'), 'an HTML page'],
  [
    'a.csv',
    latin('\xef\xbb\xbf<?xml version="1.0"?><Error>'),
    'an XML document; write it as CSV, JSON or Parquet',
  ],
  ['a', latin('<annotation><folder>x</folder>'), 'an XML document'],
  ['a.pdf', latin('%PDF-1.7\n%\xe2\xe3'), 'a PDF document'],
  ['a.h5', latin('\x89HDF\r\n\x1a\n\0\0\0'), 'an HDF5 file; save its arrays with numpy.savez'],
  ['a.mat', at(0x200, '\x89HDF\r\n\x1a\n'), 'a MATLAB 7.3 file (HDF5)'],
  [
    'a.mat',
    latin('MATLAB 5.0 MAT-file, Platform: GLNXA64'),
    'a MATLAB file; save its arrays with numpy.savez',
  ],
  ['a.csv', latin("(dp1\nS'label_names'\np2\n"), 'a Python pickle; pickles run code'],
  ['a', latin('(lp0\nI1\naI2\na.'), 'a Python pickle; pickles run code'],
  ['a.txt', latin('ccollections\nOrderedDict\np0\n(tRp1\n'), 'a Python pickle'],
  ['a.pkl', latin('\x80\x04\x95\x1f\0\0\0\0\0\0\0'), 'a Python pickle; pickles run code'],
  ['a.db', latin('SQLite format 3\0\x10\0'), 'an SQLite database; export the table as CSV'],
  [
    'a.xls',
    latin('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'),
    'an Excel workbook of the old kind (.xls); save the sheet as CSV UTF-8',
  ],
  ['a', latin('7z\xbc\xaf\x27\x1c\0\x04'), 'a 7z archive; pack it as .zip or .tar.gz'],
  ['a', latin('Rar!\x1a\x07\x01\0'), 'a RAR archive'],
  [
    'a',
    latin('\x40\x01\0\0\0\0\0\0{"w":{"dtype":"F32"'),
    'a file of safetensors; it is a model and no dataset',
  ],
  ['a.onnx', latin('\x08\x08\x12\x07pytorch'), 'an ONNX model; it is a model and no dataset'],
  ['a.pb', latin('\x08\x01\x12\xd2\x03\x0a\x05serve'), 'a TensorFlow SavedModel'],
  ['a.dcm', at(128, 'DICM'), 'a DICOM image; save its pixels as PNG'],
  ['a.mdb', at(16, '\xde\xc0\xef\xbe'), 'an LMDB database'],
  [
    'a',
    latin('\0\0\0\x18ftypheic\0\0\0\0mif1heic'),
    'a single image (HEIC), of a kind that is not read',
  ],
  [
    'a',
    latin('\0\0\0\x18ftypisom\0\0\x02\0isomiso2'),
    'a video (MP4 video); take its frames out as images',
  ],
  [
    'a',
    latin('\x89PNG\r\n\x1a\n\0\0\0\x0d'),
    'a single image (PNG); a dataset takes a folder or archive',
  ],
  ['a.feather', latin('FEA1\0\0\0\0'), 'a Feather file of version 1; write version 2'],
  ['a.csv', gzipSync(latin('ORC\x03\0\0')), 'an ORC file'],
  ['a.gz', gzipSync(Buffer.from([1, 2, 3, 0, 254, 9])), 'binary data of a kind that is not known'],
  [
    'a.csv',
    Buffer.from('label,0\na,1\n', 'utf16le'),
    'text as UTF-16 without a byte order mark; save it as UTF-8',
  ],
  ['a.csv', Buffer.alloc(0), 'an empty file; was its download or its writer interrupted?'],
];

describe('what is none of our forms', () => {
  it.each(foreign)('%s is named for what it is: %#', async (name, bytes, what) => {
    const error: unknown = await readText(name, bytes).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining(`"${name}" is ${what}`),
      details: { found: expect.any(String) },
    });
    // Nothing of a binary file stands in the sentence.
    // eslint-disable-next-line no-control-regex
    expect(String(error)).not.toMatch(/[\0-\x08\x0e-\x1f\x7f-\xff]/);
  });

  it.each([
    ['[Content_Types].xml', 'xl/workbook.xml', 'an Excel workbook; save the sheet as CSV UTF-8'],
    ['archive/data.pkl', 'archive/data/0', 'a PyTorch file (.pt, .pth); pickles run code'],
    ['config.json', 'model.weights.h5', 'a Keras model; it is a model and no dataset'],
  ])('archives are known by their entries: %s', async (first, second, what) => {
    const entries = [first, second].map((name) => ({ name, data: 'x' }));
    await expect(readText('a.bin', zip(entries))).rejects.toThrow(`"a.bin" is ${what}`);
  });

  it('folders are known by their files', async () => {
    for (const [file, what] of [
      ['set/data.mdb', 'an LMDB database'],
      ['set/MANIFEST-000004', 'a LevelDB database'],
      ['set/saved_model.pb', 'a TensorFlow SavedModel'],
    ] as const) {
      const folder = await temporaryFolder();
      await mkdir(join(folder, 'set'));
      await writeFile(join(folder, file), 'x');
      await writeFile(join(folder, 'set/other'), 'x');
      await expect(read(folder, { uri: 'set' })).rejects.toThrow(`"set" is ${what}`);
    }
  });

  it('among the parts of a table is refused by its name', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'part-0.csv'), 'label,p\na,1\nb,2\n');
    await writeFile(join(folder, 'part-1.csv'), latin('ORC\x03\0\0'));
    await expect(read(folder, { uri: '.' })).rejects.toThrow('"part-1.csv" is an ORC file');
  });
});

const parquet = (name: string): Promise<Buffer> =>
  readFile(join(import.meta.dirname, 'parquet-files', `${name}.parquet`));

describe('bytes say what a file is', () => {
  it('whatever it is called', async () => {
    const { format, dataset } = await readText('rows.csv', await parquet('columns-uint8-snappy'));
    expect([format, dataset.labels.length]).toEqual(['parquet', 12]);
    const text = await readText('rows.parquet', 'label,p\na,1\nb,2\n');
    expect(text.format).toBe('csv');
  });

  it('and against what the request says', async () => {
    const bytes = await parquet('columns-uint8-snappy');
    await expect(readText('rows.bin', bytes, { format: 'csv' })).rejects.toThrow(
      '"rows.bin" is of the format parquet and not csv',
    );
    await expect(readText('rows.bin', 'a,1\nb,2\n', { format: 'arrow' })).rejects.toThrow(
      '"rows.bin" is CSV and not arrow',
    );
  });

  it.each(['ORC', 'PARENT', 'FEA1', 'BMI', 'P1', 'Objects', 'qoif', 'SIMPLE  =', '8BPS'])(
    'and text is text, though it begins like "%s"',
    async (column) => {
      const { dataset } = await readText('a', `${column}\tlabel\n1\ta\n2\tb\n`);
      expect(dataset.classes).toEqual(['a', 'b']);
    },
  );

  it('of text as UTF-16 with its mark, which is read as any other', async () => {
    const rows = [
      { label: 'né', pixels: [0, 1, 2, 3] },
      { label: 'o', pixels: [4, 5, 6, 7] },
    ];
    const csv = 'label;a;b;c;d\r\nné;0;1;2;3\r\n"o";4;5;6;7\r\n';
    const texts = [
      ['a.csv', csv],
      ['a.json', JSON.stringify(rows)],
      ['a.ndjson', rows.map((row) => JSON.stringify(row)).join('\n')],
      ['a', csv],
    ] as const;
    for (const [name, text] of texts) {
      const little = Buffer.from(`\uFEFF${text}`, 'utf16le');
      const big = Buffer.from(little).swap16();
      for (const bytes of [little, big]) {
        const { dataset } = await readText(name, bytes);
        expect(dataset.classes).toEqual(['né', 'o']);
        expect([...dataset.pixels]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      }
    }
  });
});

import { describe, expect, it } from 'vitest';
import { foreignFiles } from '../../../../src/datasets/formats/foreign/foreign-files.ts';
import { foreignForm } from '../../../../src/datasets/formats/foreign/foreign-forms.ts';
import {
  checkIsOf,
  isForeignRefusal,
  knownBytes,
  refuseForeign,
} from '../../../../src/datasets/formats/foreign/refuse-foreign.ts';
import { errors } from '../../../../src/errors.ts';
import { folderWith } from '../../pictures.ts';

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');
const what = (text: string | Buffer) =>
  foreignForm(typeof text === 'string' ? latin(text) : text)?.what;
const pickle = 'a Python pickle';
const savedModel = 'a TensorFlow SavedModel';
const onnx = 'an ONNX model';
const unknown = 'binary data of a kind that is not known';
const wide = 'text as UTF-16 without a byte order mark';

describe('what the first bytes of a file say', () => {
  it.each<[string, string | undefined]>([
    // A short mark tells in bytes that no text has, a long one anywhere it stands first.
    ['ORC\0', 'an ORC file'],
    ['ORC,label\n', undefined],
    ['PARENT,label\n', undefined],
    ['x ORC\0', unknown],
    ['%PDF-1.7', 'a PDF document'],
    ['7z\xbc\xaf\x27\x1c', 'a 7z archive'],
    [`${' '.repeat(128)}DICM`, 'a DICOM image'],
    [`${' '.repeat(127)}DICM`, undefined],
    [`${' '.repeat(2000)}DICM`, undefined],
    // Pickles of the oldest kind are text, and later ones begin with a mark and a version.
    ['(dp1\nS', pickle],
    ['(lp12\nI', pickle],
    ['(d\nS', undefined],
    ['x(dp1\nS', undefined],
    ['(dp1', undefined],
    ['ccollections\nOrderedDict\np0\n(', pickle],
    ['ca.b\nC\np12\n(', pickle],
    ['ca.b\nC\np12\nx', undefined],
    ['c\nC\np1\n(', undefined],
    ['ca\n\np1\n(', undefined],
    ['\x80\x01\0', unknown],
    ['\x80\x02\0', pickle],
    ['\x80\x05\0', pickle],
    ['\x80\x06\0', unknown],
    ['\x81\x03\0', unknown],
    ['\x80', undefined],
    // The length of a JSON text, of eight bytes, and then the text.
    ['\x40\0\0\0\0\0\0\0{"w"', 'a file of safetensors'],
    ['\x40\0\0\0\0\0\0\0{"', 'a file of safetensors'],
    ['\x40a\0\0\0\0\0\0{', unknown],
    ['\x40\0\0\0\x01\0\0\0{"w"', unknown],
    ['\x40\0\0\0\0\0\0\0["w"', unknown],
    // A version, and then a field of text.
    ['\x08\x03\x12', onnx],
    ['\x08\x14\x1a', onnx],
    ['\x08\x08\x3a', onnx],
    ['\x08\x02\x12', unknown],
    ['\x08\x15\x12', unknown],
    ['\x08\x08\x13', unknown],
    ['\x09\x08\x12', unknown],
    ['\x08\x01 serve', savedModel],
    ['\x08\x01 saved_model', savedModel],
    ['\x08\x01 Placeholder', savedModel],
    ['\x08\x01 save', unknown],
    ['\x09\x01 serve', unknown],
    // Text, whatever blanks and byte order mark stand before it.
    ['\xef\xbb\xbf \n<!DOCTYPE html>', 'an HTML page'],
    ['<HTML>', 'an HTML page'],
    ['<head>', 'an HTML page'],
    ['<body class="x">', 'an HTML page'],
    ['<!doctype\thtml>', 'an HTML page'],
    ['<htmlx>', 'an XML document'],
    ['<?xml', 'an XML document'],
    ['<a:b.c-d/>', 'an XML document'],
    ['<a', undefined],
    ['<1a>', undefined],
    ['a <b>', undefined],
    ['version https://git-lfs.github.com/spec/v1', 'a Git LFS pointer and not the file itself'],
    [' version https://git-lfs.github.com/spec/v1', 'a Git LFS pointer and not the file itself'],
    ['# version https://git-lfs.github.com/spec/v1', undefined],
    // Images and videos that stand alone.
    ['\xff\xd8\xff\xe0\0\x10JFIF', 'a single image (JPEG)'],
    [
      'BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0',
      'a single image (BMP), of a kind that is not read',
    ],
    ['\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'a single image (HEIC), of a kind that is not read'],
    ['\0\0\0\x18ftypisom\0\0\x02\0isomiso2', 'a video (MP4 video)'],
    // Two bytes a character, in either order.
    ['a\0b\0', wide],
    ['\0a\0b', wide],
    ['a\0b', unknown],
    ['a\0bc', unknown],
    // What no text has: a NUL, or more than one of a hundred that are no signs.
    [`${'a'.repeat(99)}\x01`, undefined],
    [`${'a'.repeat(98)}\x01`, unknown],
    [`${'a'.repeat(98)}\x08\x1f`, unknown],
    [`${'a'.repeat(9)}\x09\x0a\x0b\x0c\x0d\x1b\x20`, undefined],
    [`${'a'.repeat(9)}\x0e`, unknown],
    [`${'a'.repeat(4096)}\0`, undefined],
    [`${'a'.repeat(4095)}\0`, unknown],
    ['label,p\na,1\n', undefined],
  ])('%j is %s', (text, expected) => {
    expect(what(text)).toBe(expected);
  });

  it('is told with what to do instead', () => {
    expect(foreignForm(latin('(dp1\nS'))!.advice).toContain('pickles run code');
    expect(foreignForm(latin('\x08\x03\x12'))!.advice).toContain('it is a model');
    expect(foreignForm(latin('\x08\x01 serve'))!.advice).toContain('it is a model');
    expect(foreignForm(latin('a\0b\0'))!.advice).toContain('UTF-8');
    expect(foreignForm(latin('a\0b'))!.advice).toContain('docs/data.md');
    expect(foreignForm(latin('\0\0\0\x18ftypisom\0\0\x02\0isomiso2'))!.advice).toContain('frames');
  });
});

describe('what the names of files say', () => {
  it.each<[string[], string | undefined]>([
    [['xl/workbook.xml'], 'an Excel workbook'],
    [['./xl/workbook.xml'], 'an Excel workbook'],
    [['a/xl/workbook.xml'], undefined],
    [['a', 'b/c/data.pkl'], 'a PyTorch file (.pt, .pth)'],
    [['metadata.pkl'], undefined],
    [['train'], undefined],
    [['a/.zgroup'], 'a Zarr store'],
    [['zarr.json'], 'a Zarr store'],
    [['MANIFEST-000004'], 'a LevelDB database'],
    [['MANIFEST-4'], undefined],
    [[], undefined],
  ])('%j are %s', (names, expected) => {
    expect(foreignFiles(names)?.what).toBe(expected);
    if (expected !== undefined) expect(foreignFiles(names)?.advice).not.toBe('');
  });
});

/** A file of these bytes on this disk. */
const fileOf = async (bytes: string | Uint8Array) => ({
  path: `${await folderWith({ x: bytes })}/x`,
  name: 'x\n.csv',
});
const idx = Buffer.of(0, 0, 8, 1, 0, 0, 0, 1, 7);
const arrow = Buffer.from('ARROW1\0\0');
/** The head of an empty record: its length, and the checksum of that. */
const tfHead = [0, 0, 0, 0, 0, 0, 0, 0, 0x29, 0x03, 0x98, 0x07];

describe('the bytes of a file', () => {
  it.each<[string | Uint8Array, string]>([
    ['', 'empty'],
    [idx, 'idx'],
    ['PAR1x', 'parquet'],
    ['PAR2x', 'text'],
    [latin('\x93NUMPY\x01\0'), 'numpy'],
    [arrow, 'arrow'],
    [Buffer.of(...tfHead), 'tfrecord'],
    ['{"a":1}', 'json'],
    ['a {"b"', 'text'],
    ['abc,1', 'csv'],
    ['{ }', 'json'],
    ['\uFEFF \n[ [1]]', 'json'],
    ['[{', 'json'],
    ['[1,2]', 'text'],
    ['{a,b}', 'text'],
    ['a,1\n', 'csv'],
    ['a;1', 'csv'],
    ['a\t1', 'csv'],
    ['a 1\nb,2', 'text'],
    ['"a",1', 'text'],
    ["'a',1", 'text'],
    ['a', 'text'],
    [',a', 'text'],
    ['\n\na,b', 'csv'],
  ])('%j are %s', async (bytes, expected) => {
    expect(await knownBytes(await fileOf(bytes))).toBe(expected);
  });

  it('are refused for what they are', async () => {
    const refused = await knownBytes(await fileOf('%PDF-1.7')).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining('"x\\n.csv" is a PDF document; a dataset takes'),
      details: { found: 'a PDF document' },
    });
    expect(isForeignRefusal(refused)).toBe(true);
    expect(isForeignRefusal(refuseForeign('x', { what: 'y', advice: 'z' }))).toBe(true);
    expect(isForeignRefusal(new errors.GLIMPSE_DATASET_EMPTY())).toBe(false);
    expect(isForeignRefusal(new Error('no'))).toBe(false);
  });

  it.each([
    ['', 'parquet', undefined],
    ['a', 'csv', undefined],
    ['a', 'json', undefined],
    ['a', 'ndjson', undefined],
    ['a,1', 'csv', undefined],
    ['{"a":1}', 'json', undefined],
    ['{"a":1}', 'ndjson', undefined],
    [idx, 'idx', undefined],
    ['a', 'parquet', 'is text and not parquet'],
    ['a,1', 'json', 'is CSV and not json; dataset.format (--format) says what it is'],
    ['{"a":1}', 'csv', 'is JSON and not csv; dataset.format (--format) says what it is'],
    ['{"a":1}', 'idx', 'is JSON and not idx'],
    [idx, 'csv', 'is of the format idx and not csv'],
    [arrow, 'parquet', 'is of the format arrow and not parquet'],
  ] as const)('%j may be read as %s: %s', async (bytes, format, reason) => {
    const file = await fileOf(bytes);
    if (reason === undefined) return expect(await checkIsOf(file, format)).toBeUndefined();
    const refused: unknown = await checkIsOf(file, format).catch((error: unknown) => error);
    expect((refused as Error).message).toBe(`The dataset cannot be read: "x\\n.csv" ${reason}`);
  });
});

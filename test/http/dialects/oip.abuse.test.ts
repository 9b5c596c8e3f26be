import { describe, expect, it } from 'vitest';
import { inferForm } from '../../../src/http/dialects/oip/infer-form.ts';
import { checkText } from '../../../src/http/bodies/body-form.ts';
import { refusalOf } from '../../support/refusal-of.ts';
import { bytesTensor } from './oip-calls.ts';

const maxImages = 8;
const input = { name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] };
const binary = (size: unknown, shape: unknown = [1, 2], datatype = 'FP32') => ({
  name: 'x',
  datatype,
  shape,
  parameters: { binary_data_size: size },
});

const read = (body: string | Buffer, length?: string | number) =>
  inferForm.read(
    Buffer.from(body),
    length === undefined ? {} : { 'inference-header-content-length': String(length) },
    maxImages,
    () => {},
  );
const readJson = (request: unknown) => read(JSON.stringify(request));
/** JSON with bytes behind it, whose header tells the truth unless told otherwise. */
const readBinary = (tensor: object, bytes: Buffer, length?: string | number) => {
  const json = Buffer.from(JSON.stringify({ inputs: [tensor] }));
  return read(Buffer.concat([json, bytes]), length ?? json.length);
};
const refused = (act: () => unknown, sentence: string, code = 'GLIMPSE_BAD_REQUEST') =>
  expect(refusalOf(act)).toMatchObject({ code, message: expect.stringContaining(sentence) });

describe('OIP: JSON that is not as it should be', () => {
  it.each([
    ['', 'cannot be read'],
    ['{', 'cannot be read'],
    ['[]', 'an object with "inputs"'],
    ['null', 'an object with "inputs"'],
    [
      '{"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 1], "data": [NaN]}]}',
      'cannot be read',
    ],
    [
      '{"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 1], "data": [Infinity]}]}',
      'cannot be read',
    ],
    [Buffer.from([0x7b, 0xff, 0x7d]), 'not UTF-8'],
  ])('refuses %j', (body, sentence) => {
    refused(() => read(body), sentence);
  });

  it.each<[string, unknown, string]>([
    ['no inputs', {}, '"inputs"'],
    ['inputs that are no list', { inputs: {} }, '"inputs"'],
    ['an empty list of inputs', { inputs: [] }, '0 inputs'],
    ['two inputs', { inputs: [input, input] }, '2 inputs'],
    ['an input that is no object', { inputs: [7] }, 'must be an object'],
    ['an id that is no text', { id: 7, inputs: [input] }, '"id"'],
    ['no name', { inputs: [{ ...input, name: undefined }] }, '"name"'],
    ['no datatype', { inputs: [{ ...input, datatype: undefined }] }, '"datatype"'],
    [
      'a datatype that there is not',
      { inputs: [{ ...input, datatype: 'FP8' }] },
      'none of the datatypes',
    ],
    [
      'a datatype of every object',
      { inputs: [{ ...input, datatype: 'constructor' }] },
      'none of the datatypes',
    ],
    ['no shape', { inputs: [{ ...input, shape: undefined }] }, '"shape"'],
    [
      'a shape of no axis',
      { inputs: [{ ...input, shape: [], data: [1] }] },
      'no axis for the batch',
    ],
    ['a negative shape', { inputs: [{ ...input, shape: [-1, 2] }] }, '"shape"'],
    ['a shape of two negative axes', { inputs: [{ ...input, shape: [-1, -2] }] }, '"shape"'],
    ['half an axis', { inputs: [{ ...input, shape: [1, 2.5] }] }, '"shape"'],
    ['an axis as text', { inputs: [{ ...input, shape: [1, '2'] }] }, '"shape"'],
    ['an axis beyond numbers', { inputs: [{ ...input, shape: [1, 2 ** 60] }] }, '"shape"'],
    ['nine axes', { inputs: [{ ...input, shape: Array(9).fill(1) }] }, '"shape"'],
    [
      'a product beyond numbers',
      { inputs: [{ ...input, shape: [8, 2 ** 50, 2 ** 50] }] },
      'too many elements',
    ],
    [
      'a product that wraps around to 2',
      { inputs: [{ ...input, shape: [2, 2 ** 32, 2 ** 32] }] },
      'too many elements',
    ],
    [
      'more elements than it holds',
      { inputs: [{ ...input, shape: [1, 2 ** 40] }] },
      'holds 2 elements',
    ],
    ['fewer elements than it holds', { inputs: [{ ...input, shape: [1, 1] }] }, 'holds 2 elements'],
    ['data that is no list', { inputs: [{ ...input, data: 'AAAA' }] }, '"data" must be a list'],
    [
      'nine lists in each other',
      { inputs: [{ ...input, data: [[[[[[[[[1, 2]]]]]]]]] }] },
      'nested deeper',
    ],
    ['text among numbers', { inputs: [{ ...input, data: [1, '2'] }] }, '"2" is no FP32'],
    ['null among numbers', { inputs: [{ ...input, data: [1, null] }] }, 'null is no FP32'],
    [
      'an object among numbers',
      { inputs: [{ ...input, data: [1, {}] }] },
      'an object or a list is no FP32',
    ],
    [
      'a byte of 256',
      { inputs: [{ ...input, datatype: 'UINT8', data: [1, 256] }] },
      '256 is no UINT8',
    ],
    [
      'a negative byte',
      { inputs: [{ ...input, datatype: 'UINT8', data: [1, -1] }] },
      '-1 is no UINT8',
    ],
    [
      'half a byte',
      { inputs: [{ ...input, datatype: 'UINT8', data: [1, 0.5] }] },
      '0.5 is no UINT8',
    ],
    ['a BOOL of 2', { inputs: [{ ...input, datatype: 'BOOL', data: [true, 2] }] }, '2 is no BOOL'],
    [
      '2 ** 65 as INT64',
      { inputs: [{ ...input, datatype: 'INT64', data: [1, 2 ** 65] }] },
      'is no INT64',
    ],
    [
      'neither data nor bytes',
      { inputs: [{ ...input, data: undefined }] },
      '"data", or a binary_data_size',
    ],
    [
      'data and bytes',
      { inputs: [{ ...input, parameters: { binary_data_size: 8 } }] },
      '"data", or a binary_data_size',
    ],
    ['parameters that are no object', { inputs: [input], parameters: [] }, '"parameters"'],
    ['outputs that are no list', { inputs: [input], outputs: {} }, '"outputs"'],
    ['an output without a name', { inputs: [input], outputs: [{}] }, '"name"'],
    [
      'seventeen outputs',
      { inputs: [input], outputs: Array.from({ length: 17 }, () => ({ name: 'y' })) },
      '16 outputs',
    ],
    ['a negative timeout', { inputs: [input], parameters: { timeout: -1 } }, '"timeout"'],
    ['half a priority', { inputs: [input], parameters: { priority: 0.5 } }, '"priority"'],
    [
      'binary output as text',
      { inputs: [input], parameters: { binary_data_output: 'yes' } },
      '"binary_data_output"',
    ],
  ])('refuses %s', (_, request, sentence) => {
    refused(() => readJson(request), sentence);
  });

  it('refuses more examples than a call may hold, before it looks at them', () => {
    const many = { ...input, shape: [9, 2 ** 40] };
    refused(() => readJson({ inputs: [many] }), 'more than 8 images', 'GLIMPSE_TOO_MANY_IMAGES');
    const files = { ...input, datatype: 'BYTES', shape: [1, 9], data: Array(9).fill('AAAA') };
    refused(() => readJson({ inputs: [files] }), 'more than 8 images', 'GLIMPSE_TOO_MANY_IMAGES');
  });

  it('has no image in an empty batch', () => {
    expect(readJson({ inputs: [{ ...input, shape: [0, 2], data: [] }] }).instances).toEqual([]);
  });

  it('reads numbers of 64 bits as the nearest ones that there are', () => {
    const shape = [1, 2];
    const exact = read(
      `{"inputs": [{"name": "x", "datatype": "UINT64", "shape": [1, 2], "data": [9007199254740993, 18446744073709551615]}]}`,
    );
    const wide = Buffer.from(BigUint64Array.of(9007199254740993n, 18446744073709551615n).buffer);
    const bytes = readBinary(binary(16, shape, 'UINT64'), wide);
    for (const { instances } of [exact, bytes]) {
      expect(instances).toEqual([
        { kind: 'tensor', input: 'x', shape: [2], values: Float32Array.of(2 ** 53, 2 ** 64) },
      ]);
    }
  });

  it.each([
    ['bad base64', ['A*']],
    ['a number among files', [7]],
    ['fewer files than the shape says', []],
  ])('refuses %s', (_, data) => {
    const files = { ...input, datatype: 'BYTES', shape: [1], data };
    expect(refusalOf(() => readJson({ inputs: [files] }))).toMatchObject({ statusCode: 400 });
  });

  it('reads a million elements in a moment', () => {
    const size = 1_000_000;
    const data = Array.from({ length: 1000 }, () => Array(1000).fill(0.5));
    const { instances } = readJson({ inputs: [{ ...input, shape: [1, size], data }] });
    expect(instances).toMatchObject([{ shape: [size] }]);
  });

  it('refuses JSON of a thousand lists in each other before it is parsed', () => {
    const json = Buffer.from(`{"inputs": ${'['.repeat(1000)}`);
    expect(refusalOf(() => checkText(inferForm, json, maxImages, Infinity))).toMatchObject({
      code: 'GLIMPSE_JSON_TOO_COMPLEX',
    });
    expect(
      refusalOf(() => read(`{"inputs": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`)),
    ).toMatchObject({
      statusCode: 400,
    });
  });
});

describe('OIP: sizes that lie', () => {
  const two = Buffer.from(Float32Array.of(1, 2).buffer);

  it.each([
    ['a header longer than the body', () => readBinary(binary(8), two, 100_000), 'of a body of'],
    ['a header that is no number', () => readBinary(binary(8), two, 'x'), '"x"'],
    ['a negative header', () => readBinary(binary(8), two, -5), '"-5"'],
    ['a header of half a byte', () => readBinary(binary(8), two, '12.5'), '"12.5"'],
    ['a header beyond numbers', () => readBinary(binary(8), two, '9'.repeat(30)), '999'],
    ['a header within the JSON', () => readBinary(binary(8), two, 20), 'cannot be read'],
    ['a size of fewer bytes', () => readBinary(binary(4), two), 'says 4 bytes; 8 stand'],
    ['a size of more bytes', () => readBinary(binary(800), two), 'says 800 bytes; 8 stand'],
    ['a negative size', () => readBinary(binary(-8), two), '"binary_data_size"'],
    ['half a byte', () => readBinary(binary(8.5), two), '"binary_data_size"'],
    ['a size as an object', () => readBinary(binary({}), two), '"binary_data_size"'],
    ['a shape of fewer bytes', () => readBinary(binary(8, [1, 1]), two), '8 bytes; its shape'],
    ['a shape of more bytes', () => readBinary(binary(8, [1, 3]), two), '8 bytes; its shape'],
    ['another datatype', () => readBinary(binary(8, [1, 2], 'FP64'), two), '8 bytes; its shape'],
    ['bytes that no tensor has', () => readBinary(input, two), '8 bytes stand behind the JSON'],
    ['a BOOL of 2', () => readBinary(binary(2, [1, 2], 'BOOL'), Buffer.of(1, 2)), 'BOOL'],
  ])('refuses %s', (_, act, sentence) => {
    refused(act, sentence);
  });

  it('refuses a binary tensor where no header says how long the JSON is', () => {
    refused(() => readJson({ inputs: [binary(8)] }), 'inference-header-content-length');
  });

  it.each([
    ['longer than all the rest', Buffer.of(0xff, 0xff, 0xff, 0xff, 1)],
    ['without its length', Buffer.of(1, 0)],
    ['cut off', bytesTensor([Buffer.from('abc')]).subarray(0, 6)],
  ])('refuses an element of BYTES %s', (_, bytes) => {
    refused(
      () => readBinary(binary(bytes.length, [1], 'BYTES'), bytes),
      'longer than what is left',
    );
  });

  it('refuses other numbers of elements of BYTES than the shape says', () => {
    const bytes = bytesTensor([Buffer.from('a'), Buffer.from('b')]);
    refused(() => readBinary(binary(bytes.length, [3], 'BYTES'), bytes), 'holds 2 elements');
  });

  it('refuses a bare body that is neither an image nor whole numbers', () => {
    refused(() => read(Buffer.from('abcde'), 0), 'neither an image nor numbers');
    expect(read(Buffer.alloc(0), 0).instances).toEqual([]);
  });

  it('does not let one example see the numbers of another, wherever the bytes begin', () => {
    const shape = [2, 2];
    const bytes = Buffer.from(Float32Array.of(1, 2, 3, 4).buffer);
    for (const name of ['x', 'xy', 'xyz', 'xyzw']) {
      const { instances } = readBinary({ ...binary(16, shape), name }, bytes);
      expect(instances).toMatchObject([
        { values: Float32Array.of(1, 2) },
        { values: Float32Array.of(3, 4) },
      ]);
    }
  });
});

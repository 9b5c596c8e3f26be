import { describe, expect, it } from 'vitest';
import type { AnswerType } from '../../../src/http/dialects/hosting-options.ts';
import { chooseAnswerType } from '../../../src/http/dialects/sagemaker/accept.ts';
import { scoringAnswer } from '../../../src/http/dialects/sagemaker/answers.ts';
import { readCsvInstances } from '../../../src/http/dialects/sagemaker/csv-instances.ts';
import { numbersOf } from '../../../src/http/dialects/oip/datatypes.ts';
import { countCsv, csvRows } from '../../../src/http/dialects/sagemaker/csv-rows.ts';
import { readScoringBody } from '../../../src/http/dialects/sagemaker/scoring-form.ts';

const image = { kind: 'image', bytes: Buffer.from([1, 2, 3]) };
const tensor = (values: number[], shape = [values.length], input?: string) => ({
  kind: 'tensor',
  input,
  shape,
  values: Float32Array.from(values),
});
const long = Buffer.alloc(120, 7).toString('base64');

const separators = (text: string) => countCsv(Buffer.from(text)).separators;

describe('a CSV text', () => {
  it.each([
    [
      'plain',
      '1,2\n3,4\n',
      [
        ['1', '2'],
        ['3', '4'],
      ],
    ],
    [
      'of Windows, with blanks and an empty line',
      '1, 2\r\n\r\n3 ,4',
      [
        ['1', '2'],
        ['3', '4'],
      ],
    ],
    [
      'with quotes',
      '"a,""b""","c\nd"\n1,2',
      [
        ['a,"b"', 'c\nd'],
        ['1', '2'],
      ],
    ],
    [
      'whose last cell is empty',
      '1,\n"2",',
      [
        ['1', ''],
        ['2', ''],
      ],
    ],
    ['that is empty', '\n', []],
  ])('is read: %s', (_name, text, rows) => {
    expect(csvRows(text)).toEqual(rows);
  });

  it('is refused where a quote stands alone, also when that takes long to see', () => {
    expect(() => csvRows('1,"2\n3,4')).toThrow('a quote in row 1 stands alone');
    expect(() => csvRows(`a"${'""'.repeat(200_000)}b`)).toThrow('stands alone');
    expect(() => csvRows('"'.repeat(4_000_001))).toThrow('stands alone');
  });

  it('is paid for by its commas and line ends, wherever quotes stand', () => {
    expect(separators('1,2\r\n3,4')).toBe(4);
    // As JSON, all behind the lone quote would be one text, and free.
    expect(separators(`"${',1'.repeat(1_000)}`)).toBe(1_000);
    expect(separators(`"\\",${'1,'.repeat(10)}`)).toBe(11);
    expect(countCsv(Buffer.from('1,2'))).toMatchObject({ bytes: 3, strings: 0, arrays: 0 });
  });

  it('is read whatever number of quotes is in a cell', () => {
    expect(csvRows(`1,"${'""'.repeat(2_000_000)}"`)).toEqual([['1', '"'.repeat(2_000_000)]]);
  });

  it('is read no further than so many rows, and not at all where it is nothing but line ends', () => {
    expect(csvRows('1,2\n3,4\n5,6', 2)).toEqual(csvRows('1,2\n3,4'));
    expect(csvRows('1,"2"\n3,4\n5,6', 2)).toEqual(csvRows('1,2\n3,4'));
    expect(csvRows('\n\r\n\n"1",2\n\n\n')).toEqual([['1', '2']]);
    expect(() => readCsvInstances('1,2\n'.repeat(1000), undefined, 8)).toThrow(
      expect.objectContaining({ code: 'GLIMPSE_TOO_MANY_IMAGES' }),
    );
    const before = process.memoryUsage().heapUsed;
    expect(csvRows('\n'.repeat(1_000_000))).toEqual([]);
    // A list with a text for each would be more than 60 MB.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(30_000_000);
  });

  it.each([
    ['numbers', '1,2.5\n-3e1,.5', undefined, [tensor([1, 2.5]), tensor([-30, 0.5])]],
    ['names first', 'a,b\n1,2', undefined, [tensor([1, 2])]],
    ['the names of a nameless data frame', '0,1,2\n7,8,9', undefined, [tensor([7, 8, 9])]],
    [
      'the same, said to be numbers',
      '0,1\n7,8',
      'absent' as const,
      [tensor([0, 1]), tensor([7, 8])],
    ],
    ['numbers, said to be names', '5,5\n7,8', 'present' as const, [tensor([7, 8])]],
    ['files', `image\n${long}\n`, undefined, [{ kind: 'image', bytes: Buffer.alloc(120, 7) }]],
    [
      'files without a name',
      `${long}\n`,
      undefined,
      [{ kind: 'image', bytes: Buffer.alloc(120, 7) }],
    ],
  ])('holds an image in each row: %s', (_name, text, header, instances) => {
    expect(readCsvInstances(text, header, 8)).toEqual(instances);
  });

  it.each([
    ['1,2\n3,x', 'row 1 of its CSV holds "x", which is no number'],
    ['1,2\n3', 'row 1 has 1 values, where there are 2 columns'],
    ['1,2\n0x10,1', '"0x10", which is no number'],
  ])('is refused: %j', (text, sentence) => {
    expect(() => readCsvInstances(text, undefined, 8)).toThrow(sentence);
  });

  it('keeps the place of a file that lost bytes on its way', () => {
    const [first, second] = readCsvInstances(`${long}!\n${long}`, undefined, 8);
    expect(first).toMatchObject({ kind: 'failed', error: { code: 'GLIMPSE_BAD_BASE64' } });
    expect(second).toMatchObject({ kind: 'image' });
  });
});

describe('a JSON body of the scoring protocol', () => {
  it.each([
    ['instances', { instances: [[[1, 2]], { b64: 'AQID' }] }, [tensor([1, 2], [1, 2]), image]],
    ['instances of base64', { instances: ['AQID', 'data:image/png;base64,AQID'] }, [image, image]],
    ['named pixels', { instances: [{ pixels: [1, 2] }] }, [tensor([1, 2], [2], 'pixels')]],
    ['inputs', { inputs: [[1], [2]] }, [tensor([1]), tensor([2])]],
    ['named inputs', { inputs: { pixels: [[1]] } }, [tensor([1], [1], 'pixels')]],
    [
      'split',
      { dataframe_split: { columns: ['a', 'b'], index: [0], data: [[1, 2]] } },
      [tensor([1, 2])],
    ],
    ['split files', { dataframe_split: { columns: ['image'], data: [['AQID']] } }, [image]],
    [
      'records',
      {
        dataframe_records: [
          { a: 1, b: 2 },
          { b: 4, a: 3 },
        ],
        params: {},
      },
      [tensor([1, 2]), tensor([3, 4])],
    ],
    ['records of files', { dataframe_records: [{ image: 'AQID' }] }, [image]],
  ])('holds images as %s', (_name, body, instances) => {
    expect(readScoringBody(body, 8)).toEqual(instances);
  });

  it.each([
    [[[1]], 'it must be a JSON object with instances, inputs, dataframe_split, dataframe_records'],
    [{ data: [] }, 'exactly one of the fields'],
    [{ instances: [], inputs: [] }, 'exactly one of the fields'],
    [{ instances: [[1]], params: { top: 1 } }, '"params" must be left out'],
    [{ instances: 7 }, 'its images must be a list'],
    [{ instances: [7] }, 'row 0 holds neither'],
    [{ dataframe_split: [[1]] }, '"dataframe_split" must be'],
    [
      { dataframe_split: { columns: ['a'], data: [[1, 2]] } },
      'row 0 has 2 values, where there are 1 columns',
    ],
    [{ dataframe_records: [[1]] }, '"dataframe_records" must be'],
    [{ dataframe_records: [{ a: 1 }, { b: 1 }] }, 'record 1 does not have the columns'],
  ])('is refused: %j', (body, sentence) => {
    expect(() => readScoringBody(body, 8)).toThrow(sentence);
  });
});

describe('the answer to an invocation', () => {
  it.each<[string | undefined, AnswerType, AnswerType]>([
    [undefined, 'application/json', 'application/json'],
    ['*/*', 'text/csv', 'text/csv'],
    ['text/csv', 'application/json', 'text/csv'],
    ['application/csv', 'application/json', 'text/csv'],
    ['application/jsonlines', 'application/json', 'application/jsonlines'],
    ['text/*', 'application/json', 'text/csv'],
    ['text/csv;q=0.5, application/json', 'text/csv', 'application/json'],
    // A weight beyond 1 weighs no more than 1, and one below 0 is none.
    ['application/json, text/csv;q=7', 'application/json', 'application/json'],
    ['text/csv;q=-1, application/json;q=0.1', 'text/csv', 'application/json'],
    ['image/png, application/json;q=0.1', 'text/csv', 'application/json'],
    ['application/json;q=0, */*', 'application/json', 'application/jsonlines'],
  ])('for accept %s is, otherwise %s: %s', (accept, otherwise, type) => {
    expect(chooseAnswerType(accept, otherwise)).toBe(type);
  });

  it('is chosen as quickly from a header full of ranges', () => {
    const before = process.cpuUsage();
    expect(chooseAnswerType(Array(4000).fill('*/*').join(), 'text/csv')).toBe('text/csv');
    // It was above a second.
    expect(process.cpuUsage(before).user).toBeLessThan(400_000);
  });

  it('is refused where none of its types is taken', () => {
    expect(() => chooseAnswerType('image/png', 'application/json')).toThrow(
      expect.objectContaining({ code: 'GLIMPSE_NOT_ACCEPTABLE', statusCode: 406 }),
    );
  });

  it('is one list, a line of JSON or a row for each image', () => {
    const rows = [Float32Array.from([0.5, 0.25]), [1, 0]];
    expect(scoringAnswer('application/json', rows)).toBe('{"predictions":[[0.5,0.25],[1,0]]}');
    expect(scoringAnswer('application/jsonlines', rows)).toBe('[0.5,0.25]\n[1,0]\n');
    expect(scoringAnswer('text/csv', rows)).toBe('0.5,0.25\n1,0\n');
  });
});

const nested = (levels: number, close: (inner: unknown) => unknown): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = close(value);
  return value;
};

describe('what is nested deeper than can be written down', () => {
  it('is refused as the name of a column, and so is what has no text', () => {
    const odd = [nested(120_000, (inner) => [inner]), { toString: 1, valueOf: 1 }];
    for (const column of odd) {
      const body = { dataframe_split: { columns: [column], data: [[1]] } };
      expect(() => readScoringBody(body, 8)).toThrow(/must be names or numbers/);
    }
  });

  it('is refused as a value of a tensor', () => {
    const list = [nested(42_000, (a) => ({ a }))];
    expect(() => numbersOf(list, 'FP32', 1)).toThrow(/an object or a list is no FP32/);
  });
});

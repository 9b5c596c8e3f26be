import { describe, expect, it } from 'vitest';
import {
  cellsOf,
  readCsvRecords,
  type CsvRecord,
} from '../../../src/datasets/bytes/csv-records.ts';
import { allOf, fileOnDisk, unlimited } from '../disk-files.ts';

const recordsOf = async (content: string | Uint8Array, maxRecordBytes?: number) =>
  allOf(readCsvRecords(await fileOnDisk(content), unlimited, maxRecordBytes));

/** A line as it was read: text for one that needed no parser, cells for one that did. */
const shown = (record: CsvRecord): [number, string | string[]] => [
  record.line,
  'bytes' in record ? record.bytes.toString() : record.cells,
];

describe('the records of a CSV file', () => {
  it.each<[string, string, [number, string | string[]][]]>([
    [
      'lines',
      'a,1\nb,2\n',
      [
        [1, 'a,1'],
        [2, 'b,2'],
      ],
    ],
    [
      'a last line without an end',
      'a,1\nb,2',
      [
        [1, 'a,1'],
        [2, 'b,2'],
      ],
    ],
    [
      'line ends of Windows',
      'a,1\r\nb,2\r\n\r\nc,3\r',
      [
        [1, 'a,1'],
        [2, 'b,2'],
        [4, 'c,3'],
      ],
    ],
    ['a line that begins with a return', '\n\ra,1\n', [[2, '\ra,1']]],
    ['blank lines', '\n \t\r\r\n\t\na,1\n \n', [[4, 'a,1']]],
    [
      'a byte order mark',
      '\uFEFFa,1\n\uFEFFb,2\n',
      [
        [1, 'a,1'],
        [2, '\uFEFFb,2'],
      ],
    ],
    ['a byte order mark on the only line', '\uFEFFa,1', [[1, 'a,1']]],
    ['a byte order mark and no more', '\uFEFF\n\n', []],
    ['nothing', '', []],
    [
      'quotes, from the first on',
      'a,1\n\n b , 2 \n "c ""d""", 3\n\n \ne,4,5\n',
      [
        [1, 'a,1'],
        [3, ' b , 2 '],
        [4, ['c "d"', '3']],
        [7, ['e', '4', '5']],
      ],
    ],
    [
      'a quote in the first line',
      '"a\n,b",1\nc,2\n',
      [
        [2, ['a\n,b', '1']],
        [3, ['c', '2']],
      ],
    ],
    ['a quote behind the mark', '\uFEFF"a",1\n', [[1, ['a', '1']]]],
    [
      'a quote on a later line of the same piece',
      'a,1\nb,"2"',
      [
        [1, 'a,1'],
        [2, ['b', '2']],
      ],
    ],
    [
      'line ends of old Macs',
      '\uFEFFa,1\rb,2\r\rc,"3"\r',
      [
        [1, ['a', '1']],
        [2, ['b', '2']],
        [4, ['c', '3']],
      ],
    ],
  ])('are found with %s', async (_, text, expected) => {
    expect((await recordsOf(text)).map(shown)).toEqual(expected);
  });

  it('have trimmed cells', async () => {
    const [plain, quoted] = await recordsOf(' a ,\t1\nb," 2 "\n');
    expect([cellsOf(plain!), cellsOf(quoted!)]).toEqual([
      ['a', '1'],
      ['b', ' 2 '],
    ]);
  });

  it.each([
    ['a,b,c;d\n', ','],
    ['a;b;c,d\n', ';'],
    ['a\tb\tc,d\n', '\t'],
    ['a|b|c,d\n', '|'],
    ['a\n', ','],
    ['a,b;c\n', ','],
    ['a;b\n1,2,3\n', ';'],
    ['a;b\r1,2,3\r', ';'],
    ['\n1;2', ','],
  ])('are divided at what is most frequent on the first line: %j', async (text, delimiter) => {
    const [record] = await recordsOf(text);
    const cells = text.split(/[\r\n]/).find((line) => line !== '')!;
    expect(cellsOf(record!)).toEqual(cells.split(delimiter));
  });

  it('go on over pieces of the file, in which the mark of the beginning is none', async () => {
    const text = 'x'.repeat(1000);
    const lines = Array.from({ length: 600 }, (_, index) => `\uFEFF${index},${text}`);
    const records = await recordsOf(lines.join('\n'));
    expect(records.map(shown)).toEqual(
      lines.map((line, index) => [index + 1, index === 0 ? line.slice(1) : line]),
    );
  });

  it('go on over pieces of the file once there was a quote', async () => {
    const text = 'x'.repeat(1000);
    const lines = Array.from({ length: 600 }, (_, index) => `"${index}",${text}`);
    const records = await recordsOf(`a,1\n${lines.join('\n')}`);
    expect(records.slice(1).map(shown)).toEqual(
      lines.map((_, index) => [index + 2, [String(index), text]]),
    );
  });

  it.each([
    [
      'a line',
      '12345,678\n\n1234567890',
      '12345,6789\n12345678901',
      'CSV: a line is longer than 10 bytes',
    ],
    ['quoted cells', '"123","45"\n', `"${'1'.repeat(30)}\n`, 'CSV: Max Record Size'],
  ])('are refused when %s exceeds the bound, and only then', async (_, fits, tooLong, reason) => {
    await recordsOf(fits, 10);
    await expect(recordsOf(tooLong, 10)).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining(reason),
    });
  });

  it('are refused with what csv-parse calls the fault', async () => {
    await expect(recordsOf('a,1\nb,"2\nc,3\n')).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      details: { code: 'CSV_QUOTE_NOT_CLOSED' },
    });
  });

  it('end with the error of a file that cannot be read on, also within quotes', async () => {
    for (const text of ['a,1\n'.repeat(9), 'a,"1"\n'.repeat(9)]) {
      const reading = allOf(readCsvRecords(await fileOnDisk(text), { limits: { maxBytes: 9 } }));
      await expect(reading).rejects.toMatchObject({
        code: 'GLIMPSE_DATASET_INVALID',
        message: expect.stringContaining('more than 9 bytes'),
      });
    }
  });
});

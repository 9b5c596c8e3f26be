import { describe, expect, it } from 'vitest';
import type { ImageShape } from '../../../src/datasets/dataset.ts';
import { createCsvReader } from '../../../src/datasets/formats/csv-rows.ts';
import type { FoundLabel, LabelColumn } from '../../../src/datasets/label-column.ts';
import type { Row } from '../../../src/datasets/row.ts';
import { allOf, fileOnDisk, unlimited } from '../disk-files.ts';

interface Request {
  readonly labelColumn?: LabelColumn;
  readonly shape?: ImageShape;
  readonly maxAheadBytes?: number;
}

/** The rows of the files of one dataset, and where their label was found. */
async function read(texts: readonly string[], request: Request = {}) {
  let found: FoundLabel | undefined;
  const { labelColumn, shape, maxAheadBytes } = request;
  const reader = createCsvReader(
    labelColumn,
    shape,
    { onLabel: (label) => (found = label) },
    maxAheadBytes,
  );
  const rows: Row[] = [];
  for (const text of texts)
    rows.push(...(await allOf(reader.read(await fileOnDisk(text), unlimited))));
  return { found, rows };
}

/** The values of a row as bytes when they were read as such, else as text. */
const shown = (row: Row) => {
  if ('problem' in row) throw new Error(row.problem);
  const { line, label, values } = row;
  return [line, label, values instanceof Uint8Array ? [...values] : values];
};
const linesOf = async (text: string, request?: Request) =>
  (await read([text], request)).rows.map(shown);

const counting = (count: number, from = 0) => Array.from({ length: count }, (_, at) => at + from);

describe('the rows of a CSV file', () => {
  it.each<[string, string, unknown[]]>([
    ['numbers of 0 to 255', '7,0,9,10,099,255', [1, '7', [0, 9, 10, 99, 255]]],
    ['one of four digits', '7,0001', [1, '7', ['0001']]],
    ['one beyond 255', '7,256,1', [1, '7', ['256', '1']]],
    ['none in a cell', '7,,1', [1, '7', ['', '1']]],
    ['none in the last cell', '7,1,', [1, '7', ['1', '']]],
    ['the character before "0"', '7,1/', [1, '7', ['1/']]],
    ['the character behind "9"', '7,:1', [1, '7', [':1']]],
    ['a fraction', '7,0.5', [1, '7', ['0.5']]],
    ['a sign', '7,-1', [1, '7', ['-1']]],
    ['words as its label', 'a cat,12,3', [1, 'a cat', [12, 3]]],
    ['characters of several bytes as its label', 'é😀,12,3', [1, 'é😀', [12, 3]]],
    ['no label', ',12,3', [1, '', [12, 3]]],
    ['no pixel', '7', [1, '7', []]],
    ['quotes', '"a,b","1",2', [1, 'a,b', ['1', '2']]],
  ])('are read by their bytes where they hold nothing else: %s', async (_, text, expected) => {
    expect(await linesOf(text, { labelColumn: 0 })).toEqual([expected]);
  });

  it('have their label where it is, and none where the line ends before it', async () => {
    const text = '1,2,cat\n3,4,dog,5\n6,7\n8\n';
    expect(await linesOf(text, { labelColumn: 2 })).toEqual([
      [1, 'cat', [1, 2]],
      [2, 'dog', [3, 4, 5]],
      [3, undefined, ['6', '7']],
      [4, undefined, ['8']],
    ]);
  });

  it('are every line but the first, whatever it looks like', async () => {
    expect(await linesOf('label,p0\na,1\nlabel,p0\nkind,p1\n')).toEqual([
      [2, 'a', [1]],
      [3, 'label', ['p0']],
      [4, 'kind', ['p1']],
    ]);
  });

  it('are none in an empty file', async () => {
    expect(await read([''])).toEqual({ found: undefined, rows: [] });
  });

  it.each<[string, string, boolean]>([
    ['a word for the label among any numbers', 'label,5,3,9', true],
    ['a word for the label at the end', '9,5,target', true],
    ['words in most columns', 'kind,b,1', true],
    ['words in half of them', 'cat,b,1,2', false],
    ['a word alone', 'cat', false],
    ['a letter that is a class as well, before numbers that go up', 'y,3,7,9', true],
    ['such a letter before numbers that do not', 'y,3,3', false],
    ['such a letter before nothing', 'y,', false],
    ['16 numbers that count from 0, and a word behind them', `${counting(16).join()},kind`, true],
    [
      '16 numbers that count from 1, and a word behind them',
      `${counting(16, 1).join()},kind`,
      true,
    ],
    ['the same behind an empty cell', `,${counting(16).join()},kind`, true],
    ['15 of them', `${counting(15).join()},kind`, false],
    ['numbers that count from 2', `${counting(16, 2).join()},kind`, false],
    ['numbers that count but for one', `${counting(16).join()},17,kind`, false],
    [
      '257 numbers that count, with the only word at the beginning',
      `k,${counting(257).join()}`,
      true,
    ],
    ['256 of them', `k,${counting(256).join()}`, false],
    ['257 numbers that count, without a word', counting(257).join(), true],
    ['256 of these', counting(256).join(), false],
    ['nothing but empty cells', ',,', false],
  ])('begin with a header, or with an example: %s', async (_, first, isHeader) => {
    const position = first.split(',').length - 1;
    const second = counting(position + 1)
      .map(() => 5)
      .join(',');
    const request = { labelColumn: position, shape: { width: 1, height: 7, channels: 1 } as const };
    const { rows } = await read([`${first}\n${second}\n`], request);
    expect(rows.map(({ line }) => line)).toEqual(isHeader ? [2] : [1, 2]);
  });

  it.each<[string, string, Request, FoundLabel]>([
    ['the name of a column', 'p0,label,p1\n1,a,2\n', {}, { column: 'label', by: 'name' }],
    ['what the columns hold', '1,2,cat\n3,4,dog\n', {}, { column: 2, by: 'contents' }],
    [
      'the request, by name',
      'p0,kind,p1\n1,a,2\n',
      { labelColumn: 'kind' },
      { column: 'kind', by: 'request' },
    ],
    [
      'the request, by a name that is a number',
      '7,8,9\n1,a,2\n',
      { labelColumn: '8' },
      { column: '8', by: 'request' },
    ],
    [
      'the request, by position under a header',
      'p0,kind,p1\n1,a,2\n',
      { labelColumn: 1 },
      { column: 'kind', by: 'request' },
    ],
    [
      'the request, by position without one',
      '1,2,3\n',
      { labelColumn: -1 },
      { column: 2, by: 'request' },
    ],
  ])('have their label by %s', async (_, text, request, expected) => {
    expect((await read([text], request)).found).toEqual(expected);
  });

  it('are refused by a column that numbers the rows, and by no label in the header', async () => {
    await expect(read(['label,id,a,b,c,d\n'])).rejects.toThrow('row number');
    const shape = { width: 1, height: 5, channels: 1 } as const;
    expect((await read(['label,id,a,b,c,d\n1,2,3,4,5,6'], { shape })).rows).toHaveLength(1);
    expect((await read(['id,a,b,c,d\n1,2,3,4,5\n'], { labelColumn: 'id' })).rows).toHaveLength(1);
  });

  it('of further files may stand under the same header, under none, but under no other', async () => {
    const { rows } = await read(['label,p0\na,1\n', 'label,p0\nb,2\n', 'c,3\n', '']);
    expect(rows.map(shown)).toEqual([
      [2, 'a', [1]],
      [2, 'b', [2]],
      [1, 'c', [3]],
    ]);
    const differ = {
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining('different headers'),
    };
    await expect(read(['label,p0\na,1\n', 'label,p1\nb,2\n'])).rejects.toMatchObject(differ);
    await expect(read(['a,1\nb,2\n', 'label,p1\nb,2\n'])).rejects.toMatchObject(differ);
  });

  it('of further files keep the label of the first', async () => {
    const { rows } = await read(['1,cat\n2,dog\n', 'p,7\n'], {});
    expect(rows.map(shown).at(-1)).toEqual([1, '7', ['p']]);
  });

  // Nine rows are too few to tell the label by; the tenth, of the ninth that is read ahead, shows that it is the last.
  it.each([
    ['of plain lines', (class_: number) => `0,9,9,${class_}`, 8 * 7],
    ['of quoted cells', (class_: number) => `"0",9,9,${class_}`, 8 * 4 * 8],
  ])('are read ahead for their label no further than the bound: %s', async (_, lineOf, bound) => {
    const text = counting(12)
      .map((row) => `${lineOf(row % 3)}\n`)
      .join('');
    const few = await read([text], { maxAheadBytes: bound });
    expect(few.found).toEqual({ column: 0, by: 'contents' });
    const enough = await read([text], { maxAheadBytes: bound + 1 });
    expect(enough.found).toEqual({ column: 3, by: 'contents' });
    for (const { rows } of [few, enough])
      expect(rows.map(({ line }) => line)).toEqual(counting(12, 1));
  });

  it('are read ahead for their label no further than is enough', async () => {
    const lines = counting(260).map((row) => `0,9,9,${row < 200 ? row % 3 : row / 7}`);
    const { found, rows } = await read([lines.join('\n')]);
    expect(found).toEqual({ column: 3, by: 'contents' });
    expect(rows).toHaveLength(260);
  });
});

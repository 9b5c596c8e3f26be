import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { idx, openerOver, read, readText, temporaryFolder } from './dataset-files.ts';

describe('bad rows', () => {
  const good = Array.from({ length: 50 }, (_, index) => `${index % 2},1,2,3,200`);
  const bad = [
    '0,1,2,3',
    '0,1,2,3,4,5',
    '0,1,2,3,256',
    '0,1,2,3,-1',
    '0,1,,3,4',
    '0,1,NaN,3,4',
    ',1,2,3,4',
    '0,1,2,x,4',
  ];
  const text = [...good, ...bad].join('\n');

  it('are counted and told with line and reason', async () => {
    const { dataset, badRows, rowsRead } = await readText('rows.csv', text, {}, { maxBadRows: 8 });
    expect(dataset.labels).toHaveLength(50);
    expect(rowsRead).toBe(58);
    expect(badRows.count).toBe(8);
    expect(badRows.rows.map(({ line }) => line)).toEqual([51, 52, 53, 54, 55, 56, 57, 58]);
    expect(badRows.rows.map(({ reason }) => reason)).toEqual([
      'it has 3 pixels instead of 4',
      'it has 5 pixels instead of 4',
      'pixel 3 is not a number from 0 to 255',
      'pixel 3 is not a number from 0 to 255',
      'pixel 1 is not a number from 0 to 255',
      'pixel 1 is not a number from 0 to 255',
      'the label is missing',
      'pixel 2 is not a number from 0 to 255',
    ]);
  });

  it.each([
    ['one over the number', 7],
    ['one over the fraction', 7 / 58],
    ['any, when none may be', 0],
  ])('refuse the dataset when they are %s', async (_, maxBadRows) => {
    await expect(readText('rows.csv', text, {}, { maxBadRows })).rejects.toMatchObject({
      code: 'GLIMPSE_TOO_MANY_BAD_ROWS',
      details: {
        badRows: { rows: expect.arrayContaining([{ line: 51, reason: expect.any(String) }]) },
      },
    });
  });

  it('are accepted up to the fraction', async () => {
    const { badRows } = await readText('rows.csv', text, {}, { maxBadRows: 8 / 58 });
    expect(badRows.count).toBe(8);
  });

  it('are told one by one only up to a bound', async () => {
    const rows = `${good.join('\n')}\n${'0,1\n'.repeat(300)}`;
    const { badRows } = await readText('rows.csv', rows, {}, { maxBadRows: 500 });
    expect(badRows.count).toBe(300);
    expect(badRows.rows).toHaveLength(20);
  });

  it('of JSON are those that are no JSON, no object, or lack a part', async () => {
    const lines = [
      '{"label":"a","pixels":[1,2,3,4]}',
      '{"label":"b","pixels":[1,2,3,4]}',
      '{"label":"a","pixels":[1,2,NaN,4]}',
      '[1,2]',
      '{"label":"a"}',
      '{"pixels":[1,2,3,4]}',
      '{"label":"a","pixels":[1,2,null,4]}',
      '{"label":{},"pixels":[1,2,3,4]}',
      '{"label":"a","pixels":[[1,2],[3]]}',
    ];
    for (const [name, content] of [
      ['r.ndjson', lines.join('\n')],
      ['r.json', `[${lines.join(',\n')}]`],
    ] as const) {
      const { badRows } = await readText(name, content, {}, { maxBadRows: 7 });
      expect(badRows.rows.map(({ line }) => line)).toEqual([3, 4, 5, 6, 7, 8, 9]);
    }
  });

  it('include unknown classes when the request names the classes', async () => {
    const { badRows } = await readText(
      'rows.csv',
      'a,1\nb,1\nc,1\n',
      { classes: ['a', 'b'] },
      { maxBadRows: 1 },
    );
    expect(badRows.rows).toEqual([{ line: 3, reason: '"c" is not one of the classes' }]);
  });
});

describe('a file that is no dataset', () => {
  const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
  it.each([
    ['an empty file', 'x.csv', '', 'GLIMPSE_DATASET_INVALID'],
    ['a header alone', 'x.csv', 'label,p0\n', 'GLIMPSE_DATASET_EMPTY'],
    ['an empty array', 'x.json', '[]', 'GLIMPSE_DATASET_EMPTY'],
    [
      'an array cut off',
      'x.json',
      '[{"label":"a","pixels":[1]},{"label"',
      'GLIMPSE_DATASET_INVALID',
    ],
    ['JSON that is text', 'x.json', 'hello', 'GLIMPSE_DATASET_INVALID'],
    ['an object without an array', 'x.json', '{"a":{"instances":[1]}}', 'GLIMPSE_DATASET_INVALID'],
    ['one class only', 'x.csv', 'a,1\na,2\n', 'GLIMPSE_DATASET_INVALID'],
    ['pixels scaled to 0..1', 'x.csv', 'a,0.5\nb,0.25\n', 'GLIMPSE_DATASET_INVALID'],
    ['a lost quote', 'x.csv', `a,1\nb,"2\n${'c,3\n'.repeat(9)}`, 'GLIMPSE_DATASET_INVALID'],
    ['an image', 'x.csv', png, 'GLIMPSE_DATASET_INVALID'],
    ['an offset behind its end', 'x.csv', 'a,1\nb,2\n', 'GLIMPSE_DATASET_EMPTY', { offset: 9 }],
    [
      'a label column it does not have',
      'x.csv',
      'a,1\nb,2\n',
      'GLIMPSE_DATASET_INVALID',
      { labelColumn: 'kind' },
    ],
    [
      'a label position it does not have',
      'x.csv',
      'a,1\nb,2\n',
      'GLIMPSE_DATASET_INVALID',
      { labelColumn: 7 },
    ],
    [
      'a broken gzip stream',
      'x.csv',
      gzipSync('a,1\nb,2\n'.repeat(99)).subarray(0, 30),
      'GLIMPSE_DATASET_INVALID',
    ],
  ])('is refused with its reason: %s', async (_, name, content, code, spec?: object) => {
    await expect(readText(name, content, spec ?? {})).rejects.toMatchObject({ code });
  });

  it('is refused when it has more examples than allowed', async () => {
    const text = 'a,1\nb,200\n'.repeat(6);
    await expect(
      readText('x.csv', text, {}, { limits: { maxExamples: 10 } }),
    ).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_TOO_LARGE',
    });
    const { dataset } = await readText(
      'x.csv',
      text,
      { limit: 10 },
      { limits: { maxExamples: 10 } },
    );
    expect(dataset.labels).toHaveLength(10);
  });

  it('is refused when it unpacks to more bytes than allowed', async () => {
    const bomb = '\n'.repeat(3_000_000);
    await expect(
      readText('x.csv.gz', bomb, {}, { limits: { maxBytes: 1_000_000 } }),
    ).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
    });
  });

  it('stops being read when the caller gives up', async () => {
    const signal = AbortSignal.abort();
    await expect(readText('x.csv', 'a,1\nb,2\n', {}, { signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});

describe('a wrong IDX pair', () => {
  const images = idx([2, 2, 2], new Uint8Array(8));
  const labels = idx([2], Uint8Array.from([0, 1]));
  it.each([
    ['images cut off', images.subarray(0, 20), labels],
    ['labels cut off', images, labels.subarray(0, 9)],
    ['different counts', images, idx([3], new Uint8Array(3))],
    ['bytes after the last image', Buffer.concat([images, Buffer.alloc(1)]), labels],
    ['two files of images', images, images],
    ['two files of labels', labels, labels],
    ['floats', Buffer.concat([Buffer.from([0, 0, 13, 3]), images.subarray(4)]), labels],
    ['a header cut off', images.subarray(0, 6), labels],
    [
      'a count no file could hold',
      idx([0xffffffff, 2, 2], new Uint8Array(8)),
      idx([0xffffffff], new Uint8Array(2)),
    ],
    ['images of no size', idx([2, 0, 2], new Uint8Array(0)), labels],
  ])('is refused: %s', async (_, first, second) => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'a-images-idx3-ubyte'), first);
    await writeFile(join(folder, 'a-labels-idx1-ubyte'), second);
    await expect(read(folder, { uri: 'a-images-idx3-ubyte', format: 'idx' })).rejects.toMatchObject(
      {
        code: 'GLIMPSE_DATASET_INVALID',
      },
    );
  });
});

/** A root with a file, links that stay inside, and links that lead out. */
async function twoFolders() {
  const outside = await temporaryFolder();
  const root = join(outside, 'root');
  await mkdir(join(root, 'inner'), { recursive: true });
  await mkdir(join(root, 'empty'));
  await writeFile(join(outside, 'secret.csv'), 'a,1\nb,2\n');
  await writeFile(join(root, 'inner', 'open.csv'), 'a,1\nb,2\n');
  await symlink(join(outside, 'secret.csv'), join(root, 'link.csv'));
  await symlink(outside, join(root, 'up'));
  await symlink(join(root, 'inner', 'open.csv'), join(root, 'fine.csv'));
  return { root, outside };
}

describe('the allowed folder', () => {
  it.each([
    ['..', () => '../secret.csv'],
    ['.. in the middle', () => 'inner/../../secret.csv'],
    ['an absolute path', (outside: string) => `${outside}/secret.csv`],
    ['a file: URI', (outside: string) => `file://${outside}/secret.csv`],
    ['an encoded ..', (outside: string) => `file://${outside}/root/%2e%2e/secret.csv`],
    ['a link to a file', () => 'link.csv'],
    ['a link to a folder', () => 'file:up/secret.csv'],
    ['a NUL byte', () => 'inner/open.csv\0.png'],
    ['a file: URI of another host', () => 'file://elsewhere/secret.csv'],
    ['a path that does not exist outside', (outside: string) => `${outside}/nothing.csv`],
  ])('cannot be left by %s', async (_, uri) => {
    const { root, outside } = await twoFolders();
    await expect(read(root, { uri: uri(outside) })).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_FORBIDDEN',
    });
    await expect(openerOver(root).check({ uri: uri(outside) }, [])).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_FORBIDDEN',
    });
  });

  it.each([
    ['inner/open.csv'],
    ['file:inner/open.csv'],
    ['./inner/../fine.csv'],
    ['fine.csv'],
    ['inner'],
  ])('is open inside: %s', async (uri) => {
    const { root } = await twoFolders();
    expect((await read(root, { uri })).dataset.labels).toHaveLength(2);
  });

  it.each([
    ['a missing file', 'nothing.csv', 'GLIMPSE_DATASET_NOT_FOUND'],
    ['an empty folder', 'empty', 'GLIMPSE_DATASET_EMPTY'],
    ['a device', 'null', 'GLIMPSE_DATASET_INVALID'],
    ['another scheme', 'http://127.0.0.1/x.csv', 'GLIMPSE_DATASET_INVALID'],
    ['MNIST that was never fetched', 'mnist:', 'GLIMPSE_DATASET_NOT_FOUND'],
    ['a part MNIST does not have', 'mnist:../x', 'GLIMPSE_DATASET_INVALID'],
  ])('says what is wrong with %s', async (name, uri, code) => {
    const { root } = await twoFolders();
    const folder = name === 'a device' ? '/dev' : root;
    await expect(read(folder, { uri })).rejects.toMatchObject({ code });
  });

  it('says so when nothing was uploaded', async () => {
    const { root } = await twoFolders();
    await expect(read(root, {})).rejects.toMatchObject({ code: 'GLIMPSE_DATASET_NOT_FOUND' });
  });
});

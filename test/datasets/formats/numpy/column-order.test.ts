import { describe, expect, it } from 'vitest';
import { rowsByColumns } from '../../../../src/datasets/formats/numpy/column-order.ts';
import { folderWith } from '../../pictures.ts';

const start = 5;
const shape = [5, 2, 3];

/** Values of two bytes, the first axis fastest: value 100 * row + 10 * y + x at (row, y, x). */
function byColumns(): Buffer {
  const values: number[] = [];
  for (let x = 0; x < 3; x += 1)
    for (let y = 0; y < 2; y += 1)
      for (let row = 0; row < 5; row += 1) values.push(100 * row + 10 * y + x);
  const bytes = Buffer.from(Uint16Array.from(values).buffer);
  return Buffer.concat([Buffer.alloc(start, 9), bytes]);
}

async function rowsOf(bytes: Buffer, { maxBytes = 65, signal = {}, blockBytes = 99 } = {}) {
  const path = `${await folderWith({ x: bytes })}/x`;
  const type = { kind: 'u', bytes: 2, isBigEndian: false, isByColumns: true } as const;
  const rows: number[][] = [];
  const reading = rowsByColumns(
    { path, name: 'x\n.npy' },
    { ...type, shape, start },
    { limits: { maxBytes }, ...signal },
    blockBytes,
  );
  for await (const row of reading) {
    rows.push(Array.from({ length: row.length / 2 }, (_, at) => row.readUInt16LE(at * 2)));
  }
  return rows;
}

describe('an array that lies column by column', () => {
  it.each([1, 12, 13, 24, 60, 1000])('gives its rows, %i bytes at a time', async (blockBytes) => {
    expect(await rowsOf(byColumns(), { blockBytes })).toEqual(
      [0, 100, 200, 300, 400].map((row) => [0, 1, 2, 10, 11, 12].map((at) => row + at)),
    );
  });

  it.each([
    ['cut off', byColumns().subarray(0, 64), 65],
    ['longer than it says', Buffer.concat([byColumns(), Buffer.of(1)]), 66],
    ['larger than is read', byColumns(), 64],
  ])('is refused when it is %s', async (_, bytes, maxBytes) => {
    await expect(rowsOf(bytes, { maxBytes })).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining(
        `x\\n.npy: it lies column by column (Fortran order) and has ${bytes.length} bytes instead of 65`,
      ),
    });
  });

  it('is left when nobody waits for it', async () => {
    await expect(rowsOf(byColumns(), { signal: { signal: AbortSignal.abort() } })).rejects.toThrow(
      'abort',
    );
  });
});

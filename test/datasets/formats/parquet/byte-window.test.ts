import type { FileHandle } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createByteWindow } from '../../../../src/datasets/formats/parquet/byte-window.ts';

const AHEAD = 256 * 1024;

/** A window on a file whose bytes count up, and what was read of it: where, and how much. */
function windowOn(size: number, end: number) {
  const bytes = Uint8Array.from({ length: size }, (_, at) => at % 251);
  const reads: [number, number][] = [];
  const handle = {
    read: async (buffer: Buffer, offset: number, length: number, position: number) => {
      reads.push([position, length]);
      const part = bytes.subarray(position, position + length);
      buffer.set(part, offset);
      return { buffer, bytesRead: part.length };
    },
  };
  const window = createByteWindow(handle as unknown as FileHandle, end);
  /** How many bytes there are from an offset on, of which all are right. */
  const at = async (offset: number, length: number): Promise<number> => {
    const view = await window.at(offset, length);
    expect(view.byteLength === 0 || view.getUint8(0) === offset % 251).toBe(true);
    return view.byteLength;
  };
  return { at, reads };
}

describe('a window on a file', () => {
  it('reads ahead, and nothing again that it holds', async () => {
    const { at, reads } = windowOn(2 * AHEAD + 100, 2 * AHEAD + 50);
    expect(await at(10, 5)).toBe(AHEAD);
    expect(await at(10, AHEAD)).toBe(AHEAD);
    expect(await at(20, AHEAD - 10)).toBe(AHEAD - 10);
    expect(reads).toEqual([[10, AHEAD]]);
    expect(await at(30, AHEAD - 19)).toBe(AHEAD);
    expect(await at(AHEAD + 30, 1)).toBe(AHEAD);
    expect(reads.slice(1)).toEqual([
      [30, AHEAD],
      [AHEAD + 30, AHEAD],
    ]);
  });

  it('reads as much as is asked for at once, and nothing behind its end', async () => {
    const { at, reads } = windowOn(2 * AHEAD + 100, 2 * AHEAD + 50);
    expect(await at(0, AHEAD + 7)).toBe(AHEAD + 7);
    expect(await at(2 * AHEAD, 1000)).toBe(50);
    expect(await at(2 * AHEAD + 1, 1000)).toBe(49);
    expect(await at(2 * AHEAD + 50, 10)).toBe(0);
    expect(reads).toEqual([
      [0, AHEAD + 7],
      [2 * AHEAD, 50],
    ]);
  });

  it('ends where its file does', async () => {
    const { at } = windowOn(30, 50);
    expect(await at(10, 5)).toBe(20);
  });
});

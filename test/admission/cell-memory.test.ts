import { describe, expect, it } from 'vitest';
import { createCellMemory } from '../../src/admission/cell-memory.ts';

function memoryOf(bytes: number, waitMs = 10_000) {
  const seen = { capacity: bytes, refused: 0 };
  const memory = createCellMemory({
    capacity: () => seen.capacity,
    waitMs,
    onRefuse: () => (seen.refused += 1),
  });
  return { memory, seen };
}

describe('the memory that cells share', () => {
  it('is given out until it is used up, and again when a cell has ended', async () => {
    const { memory, seen } = memoryOf(100);
    const first = await memory.reserve(60);
    await memory.reserve(40);
    expect(memory.reserved).toBe(100);
    const waiting = memory.reserve(50);
    first.release();
    first.release();
    await waiting;
    expect([memory.reserved, seen.refused]).toEqual([90, 0]);
  });

  it('is refused after a while, with what it takes and what there is', async () => {
    const { memory, seen } = memoryOf(100, 20);
    await memory.reserve(70);
    await expect(memory.reserve(50)).rejects.toMatchObject({
      code: 'GLIMPSE_CELLS_FULL',
      statusCode: 503,
      message:
        'There is no memory for the cell of this model: it takes 50 bytes, and cells may have 30 more (GLIMPSE_MEMORY_BUDGET_BYTES).',
    });
    expect([memory.reserved, seen.refused]).toEqual([70, 1]);
  });

  it('is refused at once where no cell has any to give back', async () => {
    const { memory } = memoryOf(-10);
    const startedAt = performance.now();
    await expect(memory.reserve(1)).rejects.toMatchObject({ code: 'GLIMPSE_CELLS_FULL' });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('is waited for no longer than the server runs', async () => {
    const { memory, seen } = memoryOf(100);
    await memory.reserve(100);
    const closing = new AbortController();
    const waiting = memory.reserve(1, closing.signal);
    closing.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'GLIMPSE_DRAINING' });
    expect([memory.reserved, seen.refused]).toEqual([100, 0]);
  });

  it('is extended as far as there is some, and not beyond', async () => {
    const { memory, seen } = memoryOf(100);
    const [cell, other] = [await memory.reserve(20), await memory.reserve(20)];
    expect([cell.extendTo(30, 40), cell.bytes]).toEqual([undefined, 40]);
    expect([cell.extendTo(70, 90), cell.bytes]).toEqual([undefined, 70]);
    expect([cell.extendTo(10, 20), cell.bytes]).toEqual([undefined, 70]);
    expect(cell.extendTo(90, 99)).toMatchObject({ code: 'GLIMPSE_CELLS_FULL' });
    expect([cell.bytes, other.bytes, memory.reserved, seen.refused]).toEqual([70, 20, 90, 1]);
    cell.release();
    expect(memory.reserved).toBe(20);
  });

  it('is never given out beyond what there is when that has become less', async () => {
    const { memory, seen } = memoryOf(100, 20);
    const cell = await memory.reserve(60);
    seen.capacity = 50;
    expect(cell.extendTo(61, 61)).toMatchObject({ code: 'GLIMPSE_CELLS_FULL' });
    await expect(memory.reserve(1)).rejects.toMatchObject({ code: 'GLIMPSE_CELLS_FULL' });
    expect(memory.reserved).toBe(60);
  });
});

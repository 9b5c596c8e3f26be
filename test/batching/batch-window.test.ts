import { describe, expect, it } from 'vitest';
import { batchWindow } from '../../src/batching/batch-window.ts';

const limits = { maxBatchSize: 8, maxQueueDelayMs: 20 };

describe('the batch window', () => {
  it('goes when the batch is full, however young it is', () => {
    expect(batchWindow({ items: 8, oldestMs: 0, draining: false }, limits)).toBe(0);
    expect(batchWindow({ items: 900, oldestMs: 0, draining: false }, limits)).toBe(0);
  });

  it('goes when the oldest item has waited for the delay, however small the batch is', () => {
    expect(batchWindow({ items: 1, oldestMs: 20, draining: false }, limits)).toBe(0);
    expect(batchWindow({ items: 1, oldestMs: 4000, draining: false }, limits)).toBe(0);
  });

  it('waits for the rest of the delay otherwise', () => {
    expect(batchWindow({ items: 7, oldestMs: 0, draining: false }, limits)).toBe(20);
    expect(batchWindow({ items: 7, oldestMs: 15, draining: false }, limits)).toBe(5);
  });

  it('never waits with delay 0', () => {
    const impatient = { maxBatchSize: 8, maxQueueDelayMs: 0 };
    expect(batchWindow({ items: 1, oldestMs: 0, draining: false }, impatient)).toBe(0);
  });

  it('never waits while draining, because nobody new comes', () => {
    expect(batchWindow({ items: 1, oldestMs: 0, draining: true }, limits)).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import { gather, stack } from '../src/tensor.ts';

const all = Float32Array.from({ length: 12 }, (_, at) => at);
const row = (at: number): Float32Array => all.subarray(at * 3, at * 3 + 3);

describe('gather', () => {
  it('takes rows that lie one behind the other as they lie, wherever they begin', () => {
    const tensor = gather([row(1), row(2), row(3)], [3]);
    expect(tensor).toEqual(stack([row(1), row(2), row(3)], [3]));
    expect(tensor.data.buffer).toBe(all.buffer);
  });

  it.each([
    ['in another order', [row(2), row(1)]],
    ['with a gap', [row(0), row(2)]],
    ['twice the same', [row(1), row(1)]],
    ['of several requests', [row(0), Float32Array.from(row(1))]],
    ['none', []],
  ])('copies rows %s', (_, rows) => {
    const tensor = gather(rows, [3]);
    expect(tensor).toEqual(stack(rows, [3]));
    expect(tensor.data.buffer).not.toBe(all.buffer);
  });

  it('takes no row of another size', () => {
    expect(() => gather([all.subarray(0, 2), all.subarray(2, 4)], [3])).toThrow(/another size/);
  });
});

import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../src/repository/stores/memory-store.ts';
import { describeStore } from './store-contract.ts';

describeStore('the memory store', async () => createMemoryStore());

describe('the memory store', () => {
  it('keeps its bytes to itself: neither writer nor reader can change them afterwards', async () => {
    const store = createMemoryStore();
    const bytes = Buffer.from('abc');
    await store.write('k', bytes);
    bytes.fill('x');
    const first = await store.read('k');
    if (typeof first === 'object') first.body.fill(0);
    expect(await store.read('k')).toMatchObject({ body: Uint8Array.from(Buffer.from('abc')) });
  });
});

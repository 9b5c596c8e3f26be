import { describe, expect, it, vi } from 'vitest';
import { errors } from '../../src/errors.ts';
import { compareAndSet, type Change } from '../../src/repository/compare-and-set.ts';
import type { ArtifactStore } from '../../src/repository/stores/artifact-store.ts';
import { createMemoryStore } from '../../src/repository/stores/memory-store.ts';

type Counts = Readonly<Record<string, number>>;

const key = 'counts.json';

async function read(store: ArtifactStore) {
  const found = await store.read(key);
  if (typeof found !== 'object') return { value: {}, etag: undefined };
  const value = JSON.parse(Buffer.from(found.body).toString()) as Counts;
  return { value, etag: found.etag };
}

const set = (
  store: ArtifactStore,
  change: (value: Counts) => Counts,
  more: Partial<Change<Counts>> = {},
) => compareAndSet<Counts>(store, { key, read: () => read(store), change, accept, ...more });

/** What the readers of the file take. */
const accept = (bytes: Uint8Array): void => {
  if (bytes.length > 1_000) throw new errors.GLIMPSE_OBJECT_TOO_LARGE(key, bytes.length, 1_000);
};

type Write = ArtifactStore['write'];

/** A memory store whose writes go wrong in one way, counted. */
function withWrite(
  write: (inner: ArtifactStore, ...order: Parameters<Write>) => ReturnType<Write>,
) {
  const inner = createMemoryStore();
  const counted = vi.fn<Write>((...order) => write(inner, ...order));
  return { inner, store: { ...inner, write: counted }, writes: () => counted.mock.calls.length };
}

describe('compare-and-set', () => {
  it('writes nothing that the readers of the file would refuse', async () => {
    const { store, writes } = withWrite((inner, ...order) => inner.write(...order));
    await set(store, () => ({ small: 1 }));
    const many = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`n${index}`, index]),
    );
    await expect(set(store, () => many)).rejects.toThrow(errors.GLIMPSE_OBJECT_TOO_LARGE);
    expect(writes()).toBe(1);
    expect((await read(store)).value).toEqual({ small: 1 });
  });

  it('loses nothing of what many write at the same time', async () => {
    const store = createMemoryStore();
    const names = Array.from({ length: 8 }, (_, index) => `n${index}`);
    await Promise.all(names.map((name) => set(store, (value) => ({ ...value, [name]: 1 }))));
    expect((await read(store)).value).toEqual(Object.fromEntries(names.map((name) => [name, 1])));
  });

  it('answers with what was written and its etag', async () => {
    const store = createMemoryStore();
    const changed = await set(store, () => ({ a: 1 }));
    expect(changed).toEqual({ value: { a: 1 }, etag: (await read(store)).etag });
  });

  it('writes nothing when nothing would change, whatever the order of the fields', async () => {
    const { store, writes } = withWrite((inner, ...order) => inner.write(...order));
    const first = await set(store, () => ({ a: 1, b: 2 }));
    expect(await set(store, () => ({ b: 2, a: 1 }))).toEqual(first);
    expect(writes()).toBe(1);
  });

  it('changes only the state that was named, else nothing', async () => {
    const store = createMemoryStore();
    const first = await set(store, () => ({ a: 1 }));
    const { etag } = (await set(store, () => ({ a: 2 })))!;
    expect(await set(store, () => ({ a: 3 }), { ifMatch: first!.etag })).toBeUndefined();
    expect((await read(store)).value).toEqual({ a: 2 });
    expect(await set(store, () => ({ a: 3 }), { ifMatch: etag })).toMatchObject({
      value: { a: 3 },
    });
  });

  it('takes its own write for done when only the answer to it was lost', async () => {
    const { store, inner } = withWrite(async (inner, ...order) => {
      await inner.write(...order);
      return 'conflict';
    });
    let changes = 0;
    const changed = await set(store, ({ a = 0 }) => {
      changes += 1;
      return { a: a + 1 };
    });
    expect(changed).toEqual(await read(inner));
    expect([changed?.value, changes]).toEqual([{ a: 1 }, 1]);
  });

  it('gives up when it loses the race again and again', async () => {
    const { store, writes } = withWrite(() => Promise.resolve('conflict'));
    expect(await set(store, () => ({ a: 1 }), { maxAttempts: 3 })).toBeUndefined();
    expect(writes()).toBe(3);
  });

  it('ends when its caller leaves between two attempts', async () => {
    const caller = new AbortController();
    const { store, writes } = withWrite(async () => {
      caller.abort(new errors.GLIMPSE_TRAINING_CANCELLED());
      return 'conflict';
    });
    await expect(set(store, () => ({ a: 1 }), { signal: caller.signal })).rejects.toThrow();
    expect(writes()).toBe(1);
  });

  it('hands on what a change refuses, and writes nothing', async () => {
    const store = createMemoryStore();
    const refused = set(store, () => {
      throw new errors.GLIMPSE_LABEL_NOT_FOUND('digits', 'beta');
    });
    await expect(refused).rejects.toMatchObject({ code: 'GLIMPSE_LABEL_NOT_FOUND' });
    expect(await store.read(key)).toBeUndefined();
  });
});

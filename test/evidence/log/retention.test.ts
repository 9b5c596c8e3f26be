import { describe, expect, it } from 'vitest';
import { beyondRetention, pruneLog } from '../../../src/evidence/log/retention.ts';
import { createMemoryStore } from '../../../src/repository/stores/memory-store.ts';

const now = Date.UTC(2026, 10, 27, 20, 46);
const line = (day: string, size = 10) => ({
  key: `predictions/digits/${day}/1-2-a-1.ndjson`,
  size,
});
const image = (day: string, size = 10) => ({ key: `images/digits/${day}/abc`, size });

describe('what is kept of the prediction log', () => {
  it('is so many days, whatever it weighs', () => {
    const days = ['2026-11-27', '2026-11-25', '2026-11-24', '2026-11-20'];
    const objects = [line(days[0]!), image(days[1]!), line(days[2]!), image(days[3]!)];
    expect(beyondRetention(objects, { keepDays: 2, keepBytes: 1e9 }, now)).toEqual([
      image('2026-11-20').key,
      line('2026-11-24').key,
    ]);
  });

  it('is so many bytes, the newest of them', () => {
    const objects = [line('2026-11-27', 50), image('2026-11-26', 60), line('2026-11-25', 10)];
    const [, second, third] = objects.map(({ key }) => key);
    const beyond = (keepBytes: number) =>
      beyondRetention(objects, { keepDays: 30, keepBytes }, now);
    expect(beyond(110)).toEqual([third]);
    expect(beyond(109)).toEqual([third, second]);
  });

  it('is all else that lies there', () => {
    const others = [
      'feedback/digits/x/label.json',
      'predictions/readme.txt',
      'images/digits/new/x',
    ];
    const objects = others.map((key) => ({ key, size: 1e9 }));
    expect(beyondRetention(objects, { keepDays: 0, keepBytes: 0 }, now)).toEqual([]);
  });

  it('is what stays in the store', async () => {
    const store = createMemoryStore();
    const labelled = 'feedback/digits/x/label.json';
    const kept = line('2026-11-27').key;
    for (const key of [line('2020-01-01').key, image('2020-01-01').key, kept, labelled]) {
      await store.write(key, Buffer.from('x'));
    }
    expect(await pruneLog(store, { keepDays: 30, keepBytes: 100 }, now)).toBe(2);
    const left = (await store.list('')).map(({ key }) => key);
    expect(left.toSorted()).toEqual([labelled, kept]);
  });

  it('is no more than that however fast it grew, and however much there is', async () => {
    const all = Array.from({ length: 140_000 }, (_, at) => ({
      key: `images/digits/2026-11-2${at < 6_000 ? 6 : 7}/${at}`,
      size: 10,
    }));
    const gone = new Set<string>();
    const store = {
      ...createMemoryStore(),
      list: async (folder: string) => (folder === 'images' ? all : []),
      remove: async (key: string) => void gone.add(key),
    };
    const keepBytes = (all.length - 6_000) * 10;
    expect(await pruneLog(store, { keepDays: 30, keepBytes }, now)).toBe(6_000);
    expect([gone.size, gone.has(all[5_999]!.key)]).toEqual([6_000, true]);
  });
});

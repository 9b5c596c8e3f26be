import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ArtifactStore, StoredObject } from '../../src/repository/stores/artifact-store.ts';

/**
 * What every store promises. `open` gives an empty store of its own to each test; `manyKeys` must be
 * more than one page of a listing holds.
 */
export function describeStore(
  name: string,
  open: () => Promise<ArtifactStore>,
  { manyKeys = 1_005 } = {},
): void {
  describe(`${name} keeps the contract of a store`, () => {
    let store: ArtifactStore;
    let scratch: string;
    beforeAll(async () => {
      scratch = await mkdtemp(join(tmpdir(), 'glimpse-store-'));
    });
    afterAll(() => rm(scratch, { recursive: true, force: true }));
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    const put = (key: string, text: string) => store.write(key, Buffer.from(text));
    const text = async (key: string): Promise<string | undefined> => {
      const found = await store.read(key);
      return typeof found === 'object' ? Buffer.from(found.body).toString() : found;
    };
    const object = async (key: string): Promise<StoredObject> => {
      const found = await store.read(key);
      if (typeof found !== 'object') throw new Error(`no object ${key}`);
      return found;
    };

    it('gives back the bytes it was given', async () => {
      const bytes = randomBytes(100_000);
      await store.write('m/1/model.onnx', bytes);
      expect(Buffer.compare((await object('m/1/model.onnx')).body, bytes)).toBe(0);
    });

    it('keeps an empty object apart from no object', async () => {
      await put('empty', '');
      expect(await text('empty')).toBe('');
      expect(await store.read('none')).toBeUndefined();
      expect(await store.read('none', { unlessEtag: 'abc' })).toBeUndefined();
      expect(await store.read('empty/below')).toBeUndefined();
    });

    it('keeps names with spaces, signs and letters of all alphabets', async () => {
      const keys = ['a/b c', 'a/100%25+1&=?#.json', 'a/Ærø-数字-é', "a/it's(1)*!~"];
      for (const key of keys) await put(key, key);
      for (const key of keys) expect(await text(key)).toBe(key);
      expect((await store.list('a')).map(({ key }) => key).sort()).toEqual([...keys].sort());
    });

    it('stores a local file, small or large, byte by byte', async () => {
      for (const size of [0, 1_000, 17 * 1024 * 1024 + 5]) {
        const [from, to] = [join(scratch, `from-${size}`), join(scratch, `${store.id}-${size}`)];
        const bytes = randomBytes(size);
        await writeFile(from, bytes);
        await store.write(`files/${size}`, { file: from });
        expect(await store.download(`files/${size}`, to, { maxBytes: size })).toBe(true);
        expect(Buffer.compare(await readFile(to), bytes)).toBe(0);
      }
    });

    it('replaces an object whole when no condition is set', async () => {
      await put('k', 'a longer first form');
      const first = await object('k');
      await put('k', 'second');
      expect(await text('k')).toBe('second');
      expect((await object('k')).etag).not.toBe(first.etag);
    });

    it('answers "unchanged" exactly as long as the etag is the same', async () => {
      const written = await put('k', 'one');
      const { etag } = await object('k');
      expect(written).toEqual({ etag });
      expect(etag).not.toContain('"');
      expect(await store.read('k', { unlessEtag: etag })).toBe('unchanged');
      await put('k', 'two');
      expect(await store.read('k', { unlessEtag: etag })).toBeTypeOf('object');
      expect(await text('k')).toBe('two');
    });

    it('creates under condition "absent" once only, and writes nothing the second time', async () => {
      expect(await store.write('k', Buffer.from('a'), { condition: 'absent' })).toHaveProperty(
        'etag',
      );
      expect(await store.write('k', Buffer.from('b'), { condition: 'absent' })).toBe('conflict');
      expect(await text('k')).toBe('a');
    });

    it('creates again under condition "absent" after the object was removed', async () => {
      await store.write('k', Buffer.from('a'), { condition: 'absent' });
      await store.remove('k');
      expect(await store.write('k', Buffer.from('b'), { condition: 'absent' })).toHaveProperty(
        'etag',
      );
      expect(await text('k')).toBe('b');
    });

    it('writes under an etag only while the object has it', async () => {
      await store.write('k', Buffer.from('a'), { condition: 'absent' });
      const { etag } = await object('k');
      const written = await store.write('k', Buffer.from('b'), { condition: { etag } });
      expect(written).toEqual({ etag: (await object('k')).etag });
      expect(await store.write('k', Buffer.from('c'), { condition: { etag } })).toBe('conflict');
      expect(await text('k')).toBe('b');
    });

    it('reports a conflict when the object under an etag is gone', async () => {
      await store.write('k', Buffer.from('a'), { condition: 'absent' });
      const { etag } = await object('k');
      await store.remove('k');
      expect(await store.write('k', Buffer.from('b'), { condition: { etag } })).toBe('conflict');
      expect(await store.read('k')).toBeUndefined();
    });

    it('sets conditions on large objects too', async () => {
      const large = randomBytes(17 * 1024 * 1024);
      expect(await store.write('k', large, { condition: 'absent' })).toHaveProperty('etag');
      expect(await store.write('k', randomBytes(17 * 1024 * 1024), { condition: 'absent' })).toBe(
        'conflict',
      );
      expect(Buffer.compare((await object('k')).body, large)).toBe(0);
    });

    it('lets exactly one of sixteen racing creators win', async () => {
      const attempts = Array.from({ length: 16 }, (_, racer) => `racer ${racer}`);
      const results = await Promise.all(
        attempts.map((racer) => store.write('k', Buffer.from(racer), { condition: 'absent' })),
      );
      const winners = attempts.filter((_, index) => results[index] !== 'conflict');
      expect(winners).toEqual([await text('k')]);
    });

    it('loses no increment of eight writers with five increments each', async () => {
      await store.write('count', Buffer.from('0'), { condition: 'absent' });
      const increment = async (): Promise<void> => {
        for (;;) {
          const { body, etag } = await object('count');
          const next = Buffer.from(String(Number(Buffer.from(body).toString()) + 1));
          if ((await store.write('count', next, { condition: { etag } })) !== 'conflict') return;
        }
      };
      const writer = async (): Promise<void> => {
        for (let times = 0; times < 5; times += 1) await increment();
      };
      await Promise.all(Array.from({ length: 8 }, writer));
      expect(await text('count')).toBe('40');
    });

    it('never shows a reader half an object', async () => {
      const forms = ['a', 'b'].map((letter) => Buffer.alloc(300_000, letter));
      await store.write('k', forms[0]!);
      const writer = { isWriting: true };
      const writing = (async () => {
        for (let round = 0; round < 20; round += 1) await store.write('k', forms[round % 2]!);
        writer.isWriting = false;
      })();
      while (writer.isWriting) {
        const { body } = await object('k');
        expect(forms.some((form) => Buffer.compare(form, body) === 0)).toBe(true);
      }
      await writing;
    });

    it('lists every key under a folder at any depth, and nothing of its namesakes', async () => {
      for (const key of ['m/1/a', 'm/1/deep/er/b', 'm/10/c', 'm1/d', 'm/labels.json']) {
        await put(key, key);
      }
      expect(await keysWithSizes(store, 'm/1')).toEqual(['m/1/a:5', 'm/1/deep/er/b:13']);
      expect(await keysWithSizes(store, 'm/1/')).toEqual(await keysWithSizes(store, 'm/1'));
      expect(await keysWithSizes(store, 'm')).toHaveLength(4);
      expect(await keysWithSizes(store, '')).toHaveLength(5);
      expect(await keysWithSizes(store, 'nothing')).toEqual([]);
    });

    it('names the folders directly under a prefix', async () => {
      for (const key of ['m/1/a', 'm/1/deep/er/b', 'm/10/c', 'm1/d', 'm/labels.json', 'top']) {
        await put(key, key);
      }
      expect((await store.folders('')).sort()).toEqual(['m', 'm1']);
      expect((await store.folders('m')).sort()).toEqual(['1', '10']);
      expect(await store.folders('nothing')).toEqual([]);
      expect(await store.folders('top')).toEqual([]);
    });

    it('lists more keys than one page holds', async () => {
      const keys = Array.from({ length: manyKeys }, (_, index) => `many/${index}/x`);
      for (let start = 0; start < keys.length; start += 50) {
        await Promise.all(keys.slice(start, start + 50).map((key) => put(key, 'x')));
      }
      expect((await store.list('many')).map(({ key }) => key).sort()).toEqual([...keys].sort());
      expect(await store.folders('many')).toHaveLength(manyKeys);
    });

    it('removes an object, and does not mind when there is none', async () => {
      await put('m/1/a', 'x');
      await store.remove('m/1/a');
      await store.remove('m/1/a');
      await store.remove('never/was');
      expect(await store.read('m/1/a')).toBeUndefined();
      expect(await store.list('')).toEqual([]);
      expect(await store.folders('')).toEqual([]);
    });

    it('downloads nothing when there is no object, and leaves no file', async () => {
      const file = join(scratch, 'absent');
      expect(await store.download('absent', file, { maxBytes: 10 })).toBe(false);
      await expect(readFile(file)).rejects.toThrow('ENOENT');
    });

    it('refuses to download or read more than was allowed', async () => {
      await put('k', 'eleven byte');
      const file = join(scratch, `${store.id}-too-large`);
      await expect(store.download('k', file, { maxBytes: 10 })).rejects.toMatchObject({
        code: 'GLIMPSE_CHECKSUM_MISMATCH',
      });
      await expect(store.read('k', { maxBytes: 10 })).rejects.toMatchObject({
        code: 'GLIMPSE_OBJECT_TOO_LARGE',
      });
      expect(await store.read('k', { maxBytes: 11 })).toBeTypeOf('object');
    });

    it.each([
      '../x',
      'a/../b',
      '/etc/passwd',
      'a//b',
      'a/',
      './a',
      'a/.hidden',
      '',
      'a\0b',
      'a\\b',
    ])('refuses the key %j in every call', async (key) => {
      const refusal = { code: 'GLIMPSE_STORE_KEY_INVALID' };
      const file = join(scratch, 'refused');
      await expect(store.read(key)).rejects.toMatchObject(refusal);
      await expect(store.write(key, Buffer.from('x'))).rejects.toMatchObject(refusal);
      await expect(store.remove(key)).rejects.toMatchObject(refusal);
      await expect(store.download(key, file, { maxBytes: 1 })).rejects.toMatchObject(refusal);
      if (key === '' || key === 'a/') return;
      await expect(store.list(key)).rejects.toMatchObject(refusal);
      await expect(store.folders(key)).rejects.toMatchObject(refusal);
    });

    it('does nothing for a caller who has left, and tells him his own reason', async () => {
      await put('k', 'kept');
      const reason = new Error('the caller left');
      const signal = AbortSignal.abort(reason);
      await expect(store.read('k', { signal })).rejects.toBe(reason);
      await expect(store.write('k', Buffer.from('x'), { signal })).rejects.toBe(reason);
      await expect(store.list('', signal)).rejects.toBe(reason);
      await expect(store.folders('', signal)).rejects.toBe(reason);
      await expect(store.remove('k', signal)).rejects.toBe(reason);
      expect(await text('k')).toBe('kept');
    });

    it('enforces conditions, and leaves nothing behind that a reader takes for a model', async () => {
      expect(await store.enforcesConditions()).toBe(true);
      expect(await store.enforcesConditions()).toBe(true);
      const visible = (await store.folders('')).filter((folder) => /^[A-Za-z0-9]/.test(folder));
      expect(visible).toEqual([]);
    });

    it('has a name for its cache that is safe in a path', () => {
      expect(store.id).toMatch(/^[a-z0-9]+$/);
    });
  });
}

async function keysWithSizes(store: ArtifactStore, prefix: string): Promise<string[]> {
  return (await store.list(prefix)).map(({ key, size }) => `${key}:${size}`).sort();
}

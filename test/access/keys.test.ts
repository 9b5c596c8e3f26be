import { chmod, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createKey, endOf, isSecretOf, readKey, storeGivenKey } from '../../src/access/api-key.ts';
import { changeKeyFile, readKeyFile } from '../../src/access/key-file.ts';
import { openKeyRing } from '../../src/access/key-ring.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const draft = { name: 'shop', scopes: ['predict'] as const, models: ['*'] };
const now = new Date('2026-11-27T08:00:00Z');
const newKey = () => createKey({ ...draft, scopes: [...draft.scopes] }, now);

describe('a key', () => {
  it('is known again by its own secret only, and its secret is kept nowhere', () => {
    const { text, stored } = newKey();
    const { id, secret } = readKey(text)!;
    expect(id).toBe(stored.id);
    expect(isSecretOf(stored, secret)).toBe(true);
    expect(isSecretOf(stored, `${secret.slice(0, -1)}A`)).toBe(secret.endsWith('A'));
    expect(JSON.stringify(stored)).not.toContain(secret);
  });

  it('is never the same twice, nor is its salt', () => {
    const keys = Array.from({ length: 50 }, newKey);
    expect(new Set(keys.map(({ text }) => text)).size).toBe(50);
    expect(new Set(keys.map(({ stored }) => stored.salt)).size).toBe(50);
  });

  it.each(['', 'glimpse_', 'Bearer x', `glimpse_${'a'.repeat(12)}_short`, `x${newKey().text}`])(
    'has one form, which %j does not have',
    (text) => {
      expect(readKey(text)).toBeUndefined();
      expect(storeGivenKey(text, { ...draft, scopes: ['admin'] }, now)).toBeUndefined();
    },
  );

  it('ends when it is revoked, and when it expires', () => {
    const { stored } = newKey();
    expect(endOf(stored, now)).toBeUndefined();
    expect(endOf({ ...stored, revokedAt: now.toISOString() }, now)).toBe('it was revoked');
    expect(endOf({ ...stored, expiresAt: now.toISOString() }, now)).toBe('it has expired');
    expect(endOf({ ...stored, expiresAt: '2027-01-01T00:00:00Z' }, now)).toBeUndefined();
  });
});

describe('the file of keys', () => {
  it('is not changed to what could not be read again', async () => {
    const file = join(await temporaryFolder(), 'keys.json');
    const { stored } = newKey();
    await changeKeyFile(file, () => [stored]);
    await expect(changeKeyFile(file, () => [stored, stored])).rejects.toThrow('the same id');
    const odd = { ...stored, scopes: [] };
    await expect(changeKeyFile(file, () => [odd])).rejects.toThrow('"keys.0.scopes"');
    expect((await readKeyFile(file)).keys).toEqual([stored]);
  });

  it('is for this user only, whole, and without a secret', async () => {
    const file = join(await temporaryFolder(), 'deep', 'keys.json');
    const { text, stored } = newKey();
    await changeKeyFile(file, (keys) => [...keys, stored]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readKeyFile(file)).keys).toEqual([stored]);
    expect(await readFile(file, 'utf8')).not.toContain(readKey(text)!.secret);
  });

  it('loses no change of several at once, and is not changed while somebody else does', async () => {
    const file = join(await temporaryFolder(), 'keys.json');
    const keys = Array.from({ length: 8 }, () => newKey().stored);
    await Promise.all(keys.map((key) => changeKeyFile(file, (before) => [...before, key])));
    const ids = (await readKeyFile(file)).keys.map(({ id }) => id);
    expect(ids.toSorted()).toEqual(keys.map(({ id }) => id).toSorted());

    await writeFile(`${file}.lock`, '');
    await expect(changeKeyFile(file, () => [])).rejects.toMatchObject({
      code: 'GLIMPSE_KEYS_INVALID',
      message: expect.stringContaining('somebody else') as string,
    });
    expect((await readKeyFile(file)).keys).toHaveLength(8);
  });

  it('is changed in spite of a lock that a killed process has left', async () => {
    const file = join(await temporaryFolder(), 'keys.json');
    await writeFile(`${file}.lock`, '');
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(`${file}.lock`, longAgo, longAgo);
    await changeKeyFile(file, () => [newKey().stored]);
    expect((await readKeyFile(file)).keys).toHaveLength(1);
  });

  it.each([
    ['no JSON', 'SECRETKEYMATERIAL', 'it is not JSON'],
    ['another version', '{"formatVersion":2,"keys":[]}', 'formatVersion'],
    ['a field too many', '{"formatVersion":1,"keys":[],"open":true}', '"open"'],
  ])('refuses %s without a word of its content', async (_, content, reason) => {
    const file = join(await temporaryFolder(), 'keys.json');
    await writeFile(file, content);
    const refusal: Error = await readKeyFile(file).then(
      () => new Error('read'),
      (error: Error) => error,
    );
    expect(refusal.message).toContain(reason);
    expect(refusal.message).not.toContain('SECRETKEYMATERIAL');
  });

  it('refuses two keys of one id', async () => {
    const file = join(await temporaryFolder(), 'keys.json');
    const { stored } = newKey();
    await writeFile(file, JSON.stringify({ formatVersion: 1, keys: [stored, stored] }));
    await expect(readKeyFile(file)).rejects.toThrow('same id');
  });
});

async function ring() {
  const file = join(await temporaryFolder(), 'keys.json');
  const { text, stored } = newKey();
  await changeKeyFile(file, () => [stored]);
  const onReload = vi.fn<(outcome: object) => void>();
  const keys = await openKeyRing({ file, intervalMs: 5, now: () => now, onReload });
  onTestFinished(() => keys.close());
  return { file, text, stored, keys, onReload };
}

describe('the ring of keys', () => {
  it('finds a key by its text, and tells why another is none', async () => {
    const { text, stored, keys } = await ring();
    expect(keys.find(text)).toEqual({ key: stored });
    expect(keys.find(`${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`)).toEqual({
      reason: 'it is not known',
    });
    expect(keys.find(newKey().text)).toEqual({ reason: 'it is not known' });
    expect(keys.find('hello')).toEqual({ reason: 'it does not have the form of a key' });
  });

  it('follows its file: a revoked key ends, a new one counts', async () => {
    const { file, text, keys } = await ring();
    const second = newKey();
    await changeKeyFile(file, ([first]) => [
      { ...first!, revokedAt: now.toISOString() },
      second.stored,
    ]);
    await vi.waitFor(() => expect(keys.find(text)).toEqual({ reason: 'it was revoked' }));
    expect(keys.find(second.text)).toEqual({ key: second.stored });
  });

  it('keeps its keys when the file becomes unusable, says so, and recovers', async () => {
    const { file, text, stored, keys } = await ring();
    await writeFile(file, '{');
    await vi.waitFor(() => expect(keys.problem).toContain('it is not JSON'));
    expect(keys.find(text)).toEqual({ key: stored });
    await chmod(file, 0o600);
    await changeKeyFileOver(file, stored);
    await vi.waitFor(() => expect(keys.problem).toBeUndefined());
  });
});

async function changeKeyFileOver(file: string, stored: object): Promise<void> {
  await writeFile(file, JSON.stringify({ formatVersion: 1, keys: [stored] }));
}

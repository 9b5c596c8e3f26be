import { describe, expect, it } from 'vitest';
import { anonymousScopes, decide, type Caller } from '../../src/access/caller.ts';
import { readCredentials } from '../../src/access/credentials.ts';
import { isLoopback, originProblem } from '../../src/access/origin.ts';
import { coversModel, includesScope, scopeNames } from '../../src/access/scopes.ts';

const caller = (fields: Partial<Caller>): Caller => ({
  kind: 'key',
  id: 'abc',
  name: 'shop',
  scopes: ['predict'],
  models: ['*'],
  ...fields,
});

describe('scopes', () => {
  it('admin includes every other scope, and no other scope includes one', () => {
    for (const needed of scopeNames) {
      expect(includesScope(['admin'], needed)).toBe(true);
      for (const held of scopeNames.filter((name) => name !== 'admin')) {
        expect(includesScope([held], needed)).toBe(held === needed);
      }
    }
  });

  it.each([
    ['*', 'digits', true],
    ['digits', 'digits', true],
    ['digits', 'digits2', false],
    ['digits', 'Digits', false],
    ['shop-*', 'shop-shoes', true],
    ['shop-*', 'shop', false],
    ['*-v2', 'shoes-v2', true],
    ['a*b*c', 'a-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['a*a', 'a', false],
    ['ab*ba', 'aba', false],
    ['*.*', 'a.b', true],
    ['.', 'a', false],
  ])('%s covers %s: %s', (pattern, model, covered) => {
    expect(coversModel([pattern], model)).toBe(covered);
  });

  it('compares the worst pattern with the longest name in no time to speak of', () => {
    const pattern = `${'*a'.repeat(31)}*b`;
    for (let round = 0; round < 10_000; round += 1) coversModel([pattern], 'a'.repeat(64));
  });
});

describe('a decision', () => {
  it('needs the scope and the model', () => {
    expect(decide(caller({}), { scope: 'predict', model: 'digits' }, 'keys').allowed).toBe(true);
    expect(decide(caller({}), { scope: 'train' }, 'keys')).toMatchObject({
      code: 'GLIMPSE_FORBIDDEN',
      reason: '"shop" does not have the scope "train"',
    });
    expect(
      decide(caller({ models: ['a*'] }), { scope: 'predict', model: 'digits' }, 'keys'),
    ).toMatchObject({ code: 'GLIMPSE_FORBIDDEN' });
  });

  it('asks for a key where keys are in force, and for the machine itself where they are not', () => {
    const anybody = caller({ kind: 'anonymous', scopes: ['predict'] });
    expect(decide(anybody, { scope: 'train' }, 'keys')).toMatchObject({
      code: 'GLIMPSE_UNAUTHENTICATED',
    });
    expect(decide(anybody, { scope: 'train' }, 'local')).toMatchObject({
      code: 'GLIMPSE_LOCAL_ONLY',
    });
  });

  it.each([
    ['keys', true, false, []],
    ['keys', false, true, ['predict']],
    ['local', true, false, ['admin']],
    ['local', false, false, ['predict']],
    ['open', false, false, ['admin']],
  ] as const)(
    'without credentials in mode %s, local %s, predict open %s: %j',
    (mode, isLocal, isPredictOpen, scopes) => {
      expect(anonymousScopes(mode, isLocal, isPredictOpen)).toEqual(scopes);
    },
  );
});

describe('credentials', () => {
  const key = `glimpse_${'a'.repeat(12)}_${'b'.repeat(43)}`;

  it.each([
    [{}, { kind: 'none' }],
    [{ authorization: `Bearer ${key}` }, { kind: 'key', text: key }],
    [{ authorization: `bearer  ${key} ` }, { kind: 'key', text: key }],
    [{ apiKey: key }, { kind: 'key', text: key }],
    [
      { apiKey: key, authorization: `Bearer ${key}` },
      { kind: 'key', text: key },
    ],
    [{ authorization: 'Bearer a.b.c' }, { kind: 'token', text: 'a.b.c' }],
    [{ authorization: 'AWS4-HMAC-SHA256 Credential=a' }, { kind: 'none' }],
    [
      { authorization: 'AWS4-HMAC-SHA256 Credential=a', apiKey: key },
      { kind: 'key', text: key },
    ],
  ])('are read from %j', (headers, found) => {
    expect(readCredentials(headers)).toEqual(found);
  });

  it.each([
    { authorization: 'Basic dXNlcjpwYXNz' },
    { authorization: 'Bearer' },
    { authorization: `Bearer ${key}, Bearer ${key}` },
    { authorization: [`Bearer ${key}`, `Bearer ${key}`] },
    { authorization: `Bearer ${'a'.repeat(20_000)}` },
    { apiKey: '' },
    { apiKey: `${key}, ${key}` },
    { apiKey: key, authorization: 'Bearer other' },
  ])('are malformed as %j', (headers) => {
    expect(readCredentials(headers)).toMatchObject({ kind: 'malformed' });
  });
});

describe('where a request comes from', () => {
  const lists = { hosts: ['models.example.com'], origins: ['https://app.example.com'] };
  const from = (fields: object) =>
    originProblem(
      { host: 'localhost:8080', origin: undefined, fetchSite: undefined, ...fields },
      lists,
    );

  it.each([
    {},
    { host: '127.0.0.1:8080' },
    { host: '[::1]:8080' },
    { host: '10.0.0.7' },
    { host: 'Models.Example.com' },
    { host: 'glimpse.localhost:8080' },
    { origin: 'http://localhost:8080' },
    { origin: 'https://app.example.com' },
    { fetchSite: 'same-origin' },
    { fetchSite: 'none' },
  ])('is taken: %j', (fields) => {
    expect(from(fields)).toBeUndefined();
  });

  it.each([
    { host: undefined },
    { host: '' },
    { host: 'evil.example' },
    { host: 'localhost.evil.example' },
    { host: 'localhost:8080@evil.example' },
    { host: '127.0.0.1.evil.example' },
    { origin: 'null' },
    { origin: 'http://localhost:9999' },
    { origin: 'https://evil.example' },
    { origin: 'https://app.example.com.evil.example' },
    { fetchSite: 'cross-site' },
    { fetchSite: 'same-site' },
  ])('is refused: %j', (fields) => {
    expect(from(fields)).toEqual(expect.any(String));
  });

  it.each([
    ['127.0.0.1', true],
    ['127.8.9.1', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['10.0.0.1', false],
    ['::ffff:10.0.0.1', false],
    ['128.0.0.1', false],
    [undefined, false],
  ])('the address %s is local: %s', (address, local) => {
    expect(isLoopback(address)).toBe(local);
  });
});

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import { describe, expect, it } from 'vitest';
import { createTokenVerifier, parseScopeMap } from '../../src/access/tokens.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const { publicKey, privateKey } = await generateKeyPair('ES256');
const stranger = await generateKeyPair('ES256');
const jwks = join(await temporaryFolder(), 'jwks.json');
await writeFile(
  jwks,
  JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }] }),
);
const tokens = await createTokenVerifier({
  issuer: 'https://login.example.com',
  audience: 'glimpse',
  jwks,
  claim: 'groups',
  scopes: { 'ml-admins': ['admin'], apps: ['predict', 'read'] },
});

async function sign(claims: JWTPayload, key = privateKey, expires = '1h'): Promise<string> {
  return new SignJWT({ groups: ['apps'], ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'one' })
    .setIssuer(claims.iss ?? 'https://login.example.com')
    .setAudience(claims.aud ?? 'glimpse')
    .setSubject(claims.sub ?? 'jane')
    .setExpirationTime(expires)
    .sign(key);
}

describe('a token of the issuer', () => {
  it('names its caller, whose groups decide the scopes', async () => {
    expect(await tokens.verify(await sign({}))).toEqual({
      kind: 'token',
      id: 'jane',
      name: 'jane',
      scopes: ['predict', 'read'],
      models: ['*'],
    });
    const admin = await tokens.verify(await sign({ groups: 'ml-admins apps' }));
    expect(admin.scopes).toEqual(['admin', 'predict', 'read']);
  });

  it('allows nothing by groups that nobody named, "constructor" included', async () => {
    const { scopes } = await tokens.verify(await sign({ groups: ['constructor', 'others'] }));
    expect(scopes).toEqual([]);
  });

  it.each([
    ['another issuer', () => sign({ iss: 'https://evil.example' })],
    ['another audience', () => sign({ aud: 'other' })],
    ['a key of nobody', () => sign({}, stranger.privateKey)],
    ['a past', () => sign({}, privateKey, '-5m')],
    ['no signature', async () => `${btoa('{"alg":"none"}')}.${btoa('{"sub":"jane"}')}.`],
    [
      'a changed claim',
      async () => {
        const [head, , tail] = (await sign({})).split('.');
        return [head, btoa('{"sub":"root","groups":["ml-admins"]}'), tail].join('.');
      },
    ],
    [
      'a shared secret',
      () =>
        new SignJWT({ groups: ['ml-admins'] })
          .setProtectedHeader({ alg: 'HS256', kid: 'one' })
          .setIssuer('https://login.example.com')
          .setAudience('glimpse')
          .setSubject('jane')
          .setExpirationTime('1h')
          .sign(new TextEncoder().encode('x'.repeat(32))),
    ],
  ] as const)('is refused with %s', async (_, make) => {
    await expect(tokens.verify(await make())).rejects.toMatchObject({
      code: 'GLIMPSE_UNAUTHENTICATED',
    });
  });
});

describe('the map from claims to scopes', () => {
  it('takes lists of scopes and nothing else', () => {
    expect(parseScopeMap('{"a":["train","release"]}')).toEqual({ a: ['train', 'release'] });
    for (const text of ['', '{}', '[]', '{"a":"admin"}', '{"a":["root"]}', '{"a":[1]}', '3']) {
      expect(() => parseScopeMap(text)).toThrow(/GLIMPSE_JWT_SCOPES/);
    }
  });
});

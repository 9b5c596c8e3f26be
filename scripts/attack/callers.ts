import { generateKeyPair, exportJWK, SignJWT, type CryptoKey } from 'jose';
import { createKey, type KeyDraft, type StoredKey } from '../../src/access/api-key.ts';
import { changeKeyFile } from '../../src/access/key-file.ts';

/** Keys of the attacked server, by what they are for; in a server without keys there are none. */
export interface Callers {
  readonly admin: string;
  /** predict, of every model; the attacker's own. */
  readonly predict: string;
  /** predict, of every model; another caller's. */
  readonly neighbour: string;
  readonly read: string;
  /** read, to be revoked while it is in use. */
  readonly leaver: string;
  /** train and release, of models called shop-*. */
  readonly shop: string;
  readonly revoked: string;
  readonly expired: string;
  /** Right but for its secret. */
  readonly wrongSecret: string;
  /** Of the right form, but of no key there is. */
  readonly unknown: string;
  /** Takes a key of theirs back, as `glimpse keys revoke` does. */
  revoke(key: string): Promise<void>;
  /** Tokens of the issuer; undefined where the server is not of this program. */
  readonly issuer: Issuer | undefined;
}

export interface Issuer {
  readonly url: string;
  readonly privateKey: CryptoKey;
  /** The key set, as it is published. */
  readonly jwks: string;
  sign(claims: Record<string, unknown>, header?: Record<string, string>): Promise<string>;
}

const drafts: Record<string, KeyDraft> = {
  admin: { name: 'admin', scopes: ['admin'], models: ['*'] },
  predict: { name: 'attacker', scopes: ['predict'], models: ['*'] },
  neighbour: { name: 'neighbour', scopes: ['predict'], models: ['*'] },
  read: { name: 'reader', scopes: ['read'], models: ['*'] },
  leaver: { name: 'leaver', scopes: ['read'], models: ['*'] },
  shop: { name: 'shop', scopes: ['train', 'release', 'predict'], models: ['shop-*'] },
  revoked: { name: 'revoked', scopes: ['admin'], models: ['*'] },
  expired: {
    name: 'expired',
    scopes: ['admin'],
    models: ['*'],
    expiresAt: '2020-01-01T00:00:00.000Z',
  },
};

/** Adds keys to a file of keys. `remove` takes them out again: the file may be that of somebody's own server. */
export async function addCallers(
  file: string,
  issuer?: Issuer,
): Promise<{ readonly callers: Callers; readonly remove: () => Promise<void> }> {
  const now = new Date();
  const made = Object.entries(drafts).map(([name, draft]) => ({ name, ...createKey(draft, now) }));
  const text = Object.fromEntries(made.map((key) => [key.name, key.text]));
  const store = (stored: StoredKey): StoredKey =>
    stored.name === 'revoked' ? { ...stored, revokedAt: now.toISOString() } : stored;
  await changeKeyFile(file, (keys) => [...keys, ...made.map(({ stored }) => store(stored))]);
  const ids = new Set(made.map(({ stored }) => stored.id));
  const another = createKey(drafts['admin']!, now).text;
  return {
    callers: {
      admin: text['admin']!,
      predict: text['predict']!,
      neighbour: text['neighbour']!,
      read: text['read']!,
      leaver: text['leaver']!,
      shop: text['shop']!,
      revoked: text['revoked']!,
      expired: text['expired']!,
      wrongSecret: another.replace(idOf(another), idOf(text['admin']!)),
      unknown: another,
      revoke: (key) =>
        changeKeyFile(file, (keys) =>
          keys.map((one) =>
            one.id === idOf(key) ? { ...one, revokedAt: new Date().toISOString() } : one,
          ),
        ),
      issuer,
    },
    remove: () => changeKeyFile(file, (keys) => keys.filter(({ id }) => !ids.has(id))),
  };
}

const idOf = (key: string): string => key.split('_')[1]!;

/** An issuer of tokens, with a key set of its own. */
export async function createIssuer(): Promise<Issuer> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const url = 'https://issuer.example';
  return {
    url,
    privateKey,
    jwks: JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }] }),
    sign: (claims, header = {}) =>
      new SignJWT({ iss: url, aud: 'glimpse', sub: 'tester', groups: ['readers'], ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'one', ...header })
        .setExpirationTime((claims['exp'] as number | undefined) ?? '5m')
        .sign(privateKey),
  };
}

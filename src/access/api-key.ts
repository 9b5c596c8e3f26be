import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Static } from 'typebox';
import { Closed } from '../schema.ts';
import { Type } from '../schema/builder.ts';
import { modelPattern, scopeNames } from './scopes.ts';

export const BudgetSchema = Type.Object(
  {
    requestsPerMinute: Type.Optional(Type.Integer({ minimum: 1 })),
    concurrency: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Most requests of this key in work at once.' }),
    ),
    weight: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100,
        description: 'Its share beside others while they wait for the same thing; 1 if left out.',
      }),
    ),
  },
  Closed,
);
export type Budget = Static<typeof BudgetSchema>;

/** What is kept of a key: never its secret, only a salted digest of it. */
export const StoredKeySchema = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z2-7]{12}$' }),
    name: Type.String({
      minLength: 1,
      maxLength: 100,
      description: 'For people and the audit log.',
    }),
    salt: Type.String({ pattern: '^[0-9a-f]{32}$' }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Of salt and secret.' }),
    scopes: Type.Array(Type.Enum(scopeNames), { minItems: 1 }),
    models: Type.Array(Type.String({ pattern: modelPattern }), {
      minItems: 1,
      description: 'Models it is for, * standing for any characters.',
    }),
    budget: Type.Optional(BudgetSchema),
    createdAt: Type.String(),
    expiresAt: Type.Optional(Type.String()),
    revokedAt: Type.Optional(Type.String()),
  },
  Closed,
);
export type StoredKey = Static<typeof StoredKeySchema>;

export type KeyDraft = Pick<StoredKey, 'name' | 'scopes' | 'models' | 'budget' | 'expiresAt'>;

/** How every key begins, so that secret scanners know one when they see it. */
const PREFIX = 'glimpse';
const form = new RegExp(`^${PREFIX}_([a-z2-7]{12})_([A-Za-z0-9_-]{43})$`);

/**
 * A new key: its text, which is shown once and kept nowhere, and what is kept. The secret has 256 random
 * bits, so one round of SHA-256 keeps it as safe as a slow password hash would, at a price a request can pay.
 */
export function createKey(draft: KeyDraft, now: Date): { text: string; stored: StoredKey } {
  const id = base32(randomBytes(8)).slice(0, 12);
  const secret = randomBytes(32).toString('base64url');
  return { text: `${PREFIX}_${id}_${secret}`, stored: storeKey(id, secret, draft, now) };
}

/** The stored form of an existing key, e.g. from a secret; undefined for a text of another form. */
export function storeGivenKey(text: string, draft: KeyDraft, now: Date): StoredKey | undefined {
  const parts = readKey(text);
  return parts && storeKey(parts.id, parts.secret, draft, now);
}

/** The two parts of a key; undefined for a text of another form. */
export function readKey(text: string): { id: string; secret: string } | undefined {
  const found = form.exec(text);
  return found ? { id: found[1]!, secret: found[2]! } : undefined;
}

/** Compares in a time that does not depend on where the digests differ. */
export function isSecretOf(key: Pick<StoredKey, 'salt' | 'sha256'>, secret: string): boolean {
  return timingSafeEqual(digest(key.salt, secret), Buffer.from(key.sha256, 'hex'));
}

/** Why a key that is known does not count, or undefined when it does. */
export function endOf({ revokedAt, expiresAt }: StoredKey, now: Date): string | undefined {
  if (revokedAt !== undefined) return 'it was revoked';
  return expiresAt !== undefined && Date.parse(expiresAt) <= now.getTime()
    ? 'it has expired'
    : undefined;
}

function storeKey(id: string, secret: string, draft: KeyDraft, now: Date): StoredKey {
  const salt = randomBytes(16).toString('hex');
  const { name, scopes, models, budget, expiresAt } = draft;
  return {
    id,
    name,
    salt,
    sha256: digest(salt, secret).toString('hex'),
    scopes: [...scopes],
    models: [...models],
    ...(budget && { budget }),
    createdAt: now.toISOString(),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}

function digest(salt: string, secret: string): Buffer {
  // In one call: every request with a key pays for it.
  return hash('sha256', salt + secret, 'buffer');
}

function base32(bytes: Uint8Array): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  let bits = 0n;
  for (const byte of bytes) bits = (bits << 8n) | BigInt(byte);
  let text = '';
  for (let left = Math.ceil((bytes.length * 8) / 5); left > 0; left -= 1) {
    text += alphabet[Number(bits & 31n)];
    bits >>= 5n;
  }
  return text;
}

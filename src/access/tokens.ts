import { readFile } from 'node:fs/promises';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors as joseErrors,
  jwtVerify,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
} from 'jose';
import { errors, messageOf, withDetails } from '../errors.ts';
import type { Caller } from './caller.ts';
import { isScope, type Scope } from './scopes.ts';

/** Takes tokens of one OIDC issuer. */
export interface TokenVerifier {
  /** The caller a token names. GLIMPSE_UNAUTHENTICATED when it is not valid (here, now, for us). */
  verify(token: string): Promise<Caller>;
}

export interface TokenOptions {
  readonly issuer: string;
  readonly audience: string;
  /** A file with a JSON Web Key Set, or its https address at the issuer. */
  readonly jwks: string;
  /** The claim that decides, e.g. "groups" or "scope"; its values are a list or words with blanks between. */
  readonly claim: string;
  /** What a value of that claim allows; values that are not named allow nothing. */
  readonly scopes: Readonly<Record<string, readonly Scope[]>>;
}

/** Signatures that need a secret shared with the issuer are not taken: whoever can check them can forge them. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
];

/** Clocks of issuer and server may differ by so much. */
const clockToleranceSeconds = 30;

/** GLIMPSE_KEYS_INVALID when the key set cannot be used. */
export async function createTokenVerifier(options: TokenOptions): Promise<TokenVerifier> {
  const { issuer, audience, claim, scopes } = options;
  const keys = await openKeySet(options.jwks);
  return {
    async verify(token) {
      const payload = await checked(token, keys, { issuer, audience });
      const granted = valuesOf(payload[claim]).flatMap((value) =>
        Object.hasOwn(scopes, value) ? scopes[value]! : [],
      );
      const id = payload.sub ?? 'unknown';
      return { kind: 'token', id, name: id, scopes: [...new Set(granted)], models: ['*'] };
    },
  };
}

/** The map of GLIMPSE_JWT_SCOPES, e.g. {"ml-admins": ["admin"], "apps": ["predict"]}. */
export function parseScopeMap(text: string): Record<string, Scope[]> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const map: Record<string, Scope[]> = {};
  for (const [name, list] of entries) {
    if (!Array.isArray(list) || !list.every((one) => typeof one === 'string' && isScope(one))) {
      throw new errors.GLIMPSE_KEYS_INVALID(
        `GLIMPSE_JWT_SCOPES gives "${name}" something that is no list of scopes`,
      );
    }
    map[name] = list.filter((one) => isScope(one));
  }
  if (entries.length === 0) {
    throw new errors.GLIMPSE_KEYS_INVALID(
      'GLIMPSE_JWT_SCOPES must be a JSON object of lists of scopes',
    );
  }
  return map;
}

async function openKeySet(jwks: string): Promise<JWTVerifyGetKey> {
  if (/^https:\/\//i.test(jwks)) {
    return createRemoteJWKSet(new URL(jwks), { timeoutDuration: 5_000, cooldownDuration: 30_000 });
  }
  try {
    // What the file holds is checked by jose itself; a set it cannot use is refused below.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return createLocalJWKSet(JSON.parse(await readFile(jwks, 'utf8')) as JSONWebKeySet);
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'it is not JSON' : messageOf(error);
    throw new errors.GLIMPSE_KEYS_INVALID(`GLIMPSE_JWT_JWKS: ${reason}`);
  }
}

async function checked(
  token: string,
  keys: JWTVerifyGetKey,
  expected: { issuer: string; audience: string },
): Promise<JWTPayload> {
  try {
    const options = { ...expected, algorithms, clockTolerance: clockToleranceSeconds };
    const { payload } = await jwtVerify(token, keys, {
      ...options,
      requiredClaims: ['exp', 'sub'],
    });
    return payload;
  } catch (error) {
    // jose's codes are fixed words; its messages may quote claims.
    const reason =
      error instanceof joseErrors.JOSEError ? error.code : 'the key set did not answer';
    throw withDetails(new errors.GLIMPSE_UNAUTHENTICATED(`the token was not taken: ${reason}`), {
      reason,
    });
  }
}

function valuesOf(claim: unknown): string[] {
  if (typeof claim === 'string') return claim.split(' ');
  return Array.isArray(claim) ? claim.filter((one) => typeof one === 'string') : [];
}

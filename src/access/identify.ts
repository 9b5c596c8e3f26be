import { errors, withDetails } from '../errors.ts';
import { anonymousScopes, type AccessMode, type Caller } from './caller.ts';
import { readCredentials } from './credentials.ts';
import type { KeyRing } from './key-ring.ts';
import type { TokenVerifier } from './tokens.ts';

export interface IdentifyOptions {
  readonly mode: AccessMode;
  /** Whether anybody may predict although keys are in force. */
  readonly isPredictOpen: boolean;
  readonly keys?: KeyRing | undefined;
  readonly tokens?: TokenVerifier | undefined;
}

export interface Approach {
  readonly authorization?: string | readonly string[] | undefined;
  readonly apiKey?: string | readonly string[] | undefined;
  /** The address of the other end of the socket. */
  readonly address: string;
  readonly isLocal: boolean;
}

/**
 * Who sent a request, at once unless that has to be asked for. Credentials that are there must be right, even where none
 * are needed: a caller with a revoked key shall hear of it. GLIMPSE_UNAUTHENTICATED otherwise.
 */
export function identify(approach: Approach, options: IdentifyOptions): Caller | Promise<Caller> {
  const credentials = readCredentials(approach);
  if (credentials.kind === 'none') return withoutCredentials(approach, options);
  if (credentials.kind === 'malformed') throw unauthenticated(credentials.reason);
  if (credentials.kind === 'key') return withKey(credentials.text, options);
  if (options.tokens) return options.tokens.verify(credentials.text);
  throw unauthenticated('this server takes no tokens (GLIMPSE_JWT_ISSUER)');
}

function withoutCredentials({ address, isLocal }: Approach, options: IdentifyOptions): Caller {
  const scopes = anonymousScopes(options.mode, isLocal, options.isPredictOpen);
  const kind = isLocal && options.mode === 'local' ? 'local' : 'anonymous';
  return { kind, id: address, name: address, scopes, models: ['*'] };
}

function withKey(text: string, { keys, mode }: IdentifyOptions): Caller {
  if (!keys) {
    throw unauthenticated(
      mode === 'open'
        ? 'this server has no keys and is open; send no key'
        : 'this server has no keys (GLIMPSE_KEYS_FILE)',
    );
  }
  const found = keys.find(text);
  if ('reason' in found) throw unauthenticated(`the key was not taken: ${found.reason}`);
  const { id, name, scopes, models, budget } = found.key;
  return { kind: 'key', id, name, scopes, models, ...(budget && { budget }) };
}

function unauthenticated(reason: string): Error {
  return withDetails(new errors.GLIMPSE_UNAUTHENTICATED(reason), { reason });
}

import type { Budget } from './api-key.ts';
import type { Flow } from '../fair-queue.ts';
import { coversModel, includesScope, type Scope } from './scopes.ts';

/** Who sent a request, as far as it is known, and what that caller may do. */
export interface Caller {
  /** key: one of the key file. token: of the OIDC issuer. local: on this machine. anonymous: anybody else. */
  readonly kind: 'key' | 'token' | 'local' | 'anonymous';
  /** Names the caller in the audit log and among budgets: a key's id, a token's subject, an address. */
  readonly id: string;
  /** For people: the name of a key, or what `id` says. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Patterns of the models it may use. */
  readonly models: readonly string[];
  readonly budget?: Budget;
}

/** Who sent a request that was refused before anybody looked. */
export const unidentifiedCaller: Caller = {
  kind: 'anonymous',
  id: '',
  name: '',
  scopes: [],
  models: [],
};

/** Whose turn a request of the caller is. Addresses of one IPv6 network, which one host can have all of, are one. */
export function flowOf({ kind, id, budget }: Caller): Flow {
  const isAddress = kind === 'local' || kind === 'anonymous';
  return { id: `${kind} ${isAddress ? networkOf(id) : id}`, weight: budget?.weight ?? 1 };
}

/** The /64 of an IPv6 address; other addresses stand for themselves. */
export function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address;
  const [head = '', tail] = address.split('%', 1)[0]!.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array<string>(Math.max(0, 8 - groups.length - after.length)).fill('0');
  return [...groups, ...(tail === undefined ? [] : zeros), ...after].slice(0, 4).join(':');
}

/** What a call needs. Without `model` it is about no model, or about all. */
export interface Need {
  readonly scope: Scope;
  readonly model?: string | undefined;
}

export type Decision =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      readonly code: 'GLIMPSE_UNAUTHENTICATED' | 'GLIMPSE_FORBIDDEN' | 'GLIMPSE_LOCAL_ONLY';
      readonly reason: string;
    };

/** Whether keys are in force. Without them, only callers on this machine may do more than predict. */
export type AccessMode = 'keys' | 'local' | 'open';

/** What somebody without credentials may do. */
export function anonymousScopes(
  mode: AccessMode,
  isLocal: boolean,
  isPredictOpen: boolean,
): readonly Scope[] {
  if (mode === 'open' || (mode === 'local' && isLocal)) return ['admin'];
  return mode === 'local' || isPredictOpen ? ['predict'] : [];
}

/** Whether the caller may make the call. Pure: the same caller and need give the same decision. */
export function decide(caller: Caller, need: Need, mode: AccessMode): Decision {
  if (!includesScope(caller.scopes, need.scope)) return refusal(caller, need.scope, mode);
  if (need.model === undefined || coversModel(caller.models, need.model)) return { allowed: true };
  const reason = `"${caller.name}" is not for the model "${need.model}"`;
  return { allowed: false, code: 'GLIMPSE_FORBIDDEN', reason };
}

function refusal(caller: Caller, scope: Scope, mode: AccessMode): Decision {
  const isKnown = caller.kind === 'key' || caller.kind === 'token';
  if (isKnown) {
    const reason = `"${caller.name}" does not have the scope "${scope}"`;
    return { allowed: false, code: 'GLIMPSE_FORBIDDEN', reason };
  }
  if (mode === 'local') return { allowed: false, code: 'GLIMPSE_LOCAL_ONLY', reason: scope };
  const reason = `the call needs a key with the scope "${scope}"`;
  return { allowed: false, code: 'GLIMPSE_UNAUTHENTICATED', reason };
}

import { strict as assert } from 'node:assert';

/**
 * The states of a version in this process. UNAVAILABLE is every version that is at rest and not loaded:
 * nobody asked for it yet, it was unloaded, or it could not be loaded (then it has a reason).
 */
export type VersionState = 'UNAVAILABLE' | 'LOADING' | 'READY' | 'UNLOADING';

/** What may happen to a version. */
export type VersionEvent = 'load' | 'loaded' | 'failed' | 'unload' | 'unloaded';

const transitions: Record<VersionState, Partial<Record<VersionEvent, VersionState>>> = {
  UNAVAILABLE: { load: 'LOADING' },
  LOADING: { loaded: 'READY', failed: 'UNAVAILABLE' },
  READY: { unload: 'UNLOADING' },
  UNLOADING: { unloaded: 'UNAVAILABLE' },
};

/** The state after an event; an event that cannot happen in a state is our bug. */
export function transition(state: VersionState, event: VersionEvent): VersionState {
  const next = transitions[state][event];
  assert(next, `a version that is ${state} cannot be ${event}: this is our bug`);
  return next;
}

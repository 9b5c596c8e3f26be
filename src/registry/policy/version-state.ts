import { strict as assert } from 'node:assert';

/**
 * The states of a version in this process. UNLOADED is every version that could be loaded and is not: nobody asked for
 * it yet, or it made room for others. UNAVAILABLE could not be loaded, and has a reason until it may be tried again.
 */
export type VersionState = 'UNLOADED' | 'LOADING' | 'READY' | 'UNLOADING' | 'UNAVAILABLE';

/** What may happen to a version. */
export type VersionEvent = 'load' | 'loaded' | 'failed' | 'unload' | 'unloaded';

const transitions: Record<VersionState, Partial<Record<VersionEvent, VersionState>>> = {
  UNLOADED: { load: 'LOADING' },
  UNAVAILABLE: { load: 'LOADING' },
  LOADING: { loaded: 'READY', failed: 'UNAVAILABLE' },
  READY: { unload: 'UNLOADING' },
  UNLOADING: { unloaded: 'UNLOADED' },
};

/** The state after an event; an event that cannot happen in a state is our bug. */
export function transition(state: VersionState, event: VersionEvent): VersionState {
  const next = transitions[state][event];
  assert(next, `a version that is ${state} cannot be ${event}: this is our bug`);
  return next;
}

/** Whether nothing of it is in memory, nor on its way there. */
export function isOut(state: VersionState): boolean {
  return state === 'UNLOADED' || state === 'UNAVAILABLE';
}

import { describe, expect, it } from 'vitest';
import {
  transition,
  type VersionEvent,
  type VersionState,
} from '../../src/registry/version-state.ts';

const states: VersionState[] = ['UNAVAILABLE', 'LOADING', 'READY', 'UNLOADING'];
const events: VersionEvent[] = ['load', 'loaded', 'failed', 'unload', 'unloaded'];

describe('the state of a version', () => {
  it('goes round: UNAVAILABLE, LOADING, READY, UNLOADING, UNAVAILABLE', () => {
    const round: VersionEvent[] = ['load', 'loaded', 'unload', 'unloaded'];
    let state: VersionState = 'UNAVAILABLE';
    const seen = round.map((event) => (state = transition(state, event)));
    expect(seen).toEqual(['LOADING', 'READY', 'UNLOADING', 'UNAVAILABLE']);
  });

  it('goes back to UNAVAILABLE when a load fails', () => {
    expect(transition('LOADING', 'failed')).toBe('UNAVAILABLE');
  });

  it('knows no other way: a version that serves is never LOADING, one that drains never READY again', () => {
    const legal = new Set([
      'UNAVAILABLE load',
      'LOADING loaded',
      'LOADING failed',
      'READY unload',
      'UNLOADING unloaded',
    ]);
    for (const state of states) {
      for (const event of events) {
        if (legal.has(`${state} ${event}`)) continue;
        expect(() => transition(state, event), `${state} ${event}`).toThrow('our bug');
      }
    }
  });
});

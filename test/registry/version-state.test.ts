import { describe, expect, it } from 'vitest';
import {
  isOut,
  transition,
  type VersionEvent,
  type VersionState,
} from '../../src/registry/policy/version-state.ts';

const states: VersionState[] = ['UNLOADED', 'LOADING', 'READY', 'UNLOADING', 'UNAVAILABLE'];
const events: VersionEvent[] = ['load', 'loaded', 'failed', 'unload', 'unloaded'];

describe('the state of a version', () => {
  it('goes round: UNLOADED, LOADING, READY, UNLOADING, UNLOADED', () => {
    const round: VersionEvent[] = ['load', 'loaded', 'unload', 'unloaded'];
    let state: VersionState = 'UNLOADED';
    const seen = round.map((event) => (state = transition(state, event)));
    expect(seen).toEqual(['LOADING', 'READY', 'UNLOADING', 'UNLOADED']);
  });

  it('goes back to UNAVAILABLE when a load fails', () => {
    expect(transition('LOADING', 'failed')).toBe('UNAVAILABLE');
  });

  it('knows no other way: a version that serves is never LOADING, one that drains never READY again', () => {
    const legal = new Set([
      'UNLOADED load',
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

  it('says whether anything of a version is in memory, or on its way there', () => {
    expect(states.filter(isOut)).toEqual(['UNLOADED', 'UNAVAILABLE']);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { errors } from '../../src/errors.ts';
import { KnownModel } from '../../src/registry/known-model.ts';
import { failureAfter } from '../../src/registry/quarantine.ts';
import { createGate } from '../support/puppet-runtime.ts';
import type { VersionState } from '../../src/registry/policy/version-state.ts';

const bad = failureAfter(new errors.GLIMPSE_MODEL_INVALID('no.'), undefined, 0, 'f');
const away = failureAfter(new errors.GLIMPSE_STORE_UNAVAILABLE('s3', 'x'), undefined, 0, 'f');

let model: KnownModel;
beforeEach(() => {
  model = new KnownModel('digits');
});

/** The versions 1, 2, ... in these states. */
const inStates = (...states: VersionState[]): void => {
  model.addVersions(states.map((_, index) => index + 1));
  for (const [index, state] of states.entries()) model.versions.get(index + 1)!.state = state;
};
const point = (labels: Record<string, number>) => {
  model.setLabels({ labels, etag: 'e' });
  return model.updateServing();
};
const numbers = () => [...model.versions.keys()];

describe('the versions of a model', () => {
  it('that are gone are at rest no more, and stay until they are out of memory', () => {
    inStates('READY', 'READY', 'UNAVAILABLE', 'LOADING');
    model.setVersions([1]);
    expect(model.versionsAtRest()).toEqual([1, 2, 3, 4]);
    model.setVersions([1]);
    expect(model.versionsAtRest()).toEqual([1]);
    expect(numbers()).toEqual([1, 2, 4]);
    expect(model.view(0).versions.map(({ isAtRest }) => isAtRest)).toEqual([true, false, false]);
    for (const version of [2, 4]) model.versions.get(version)!.state = 'UNAVAILABLE';
    model.removeGone();
    expect(numbers()).toEqual([1]);
  });

  it('are there again with a listing that has them', () => {
    inStates('READY', 'READY');
    const second = model.versions.get(2);
    for (const listed of [[1], [1, 2], [1], [1, 2]]) model.setVersions(listed);
    expect(model.versions.get(2)).toBe(second);
    expect(second).toMatchObject({ state: 'READY', missedListings: 0 });
  });

  it('are gone at once when they are withdrawn, and nothing else happens to those that were never there', () => {
    inStates('UNAVAILABLE', 'UNAVAILABLE');
    model.withdraw(2);
    model.withdraw(9);
    expect(numbers()).toEqual([1]);
  });

  it('that are recalled are gone with the first listing without them', () => {
    model.recallVersions([1, 2]);
    expect(model.versionsAtRest()).toEqual([1, 2]);
    model.setVersions([2]);
    expect(numbers()).toEqual([2]);
  });

  it('are tried again when somebody was away, and not when they are bad', () => {
    inStates('UNAVAILABLE', 'UNAVAILABLE', 'UNAVAILABLE');
    model.versions.get(1)!.failure = bad;
    model.versions.get(2)!.failure = away;
    model.retryUnavailable();
    expect([...model.versions.values()].map(({ failure }) => failure)).toEqual([
      bad,
      undefined,
      undefined,
    ]);
  });

  it('that a process died of are tried again when that is asked, and no others', () => {
    inStates('UNAVAILABLE', 'UNAVAILABLE', 'UNAVAILABLE');
    const died = new errors.GLIMPSE_DIED_WHILE_LOADING(1, 2, 'digits');
    model.versions.get(1)!.failure = failureAfter(died, undefined, 0, 'f');
    model.versions.get(2)!.failure = bad;
    model.retryDied();
    expect([...model.versions.values()].map(({ failure }) => failure)).toEqual([
      undefined,
      bad,
      undefined,
    ]);
  });

  it('are settled when every change that is under way has ended', async () => {
    inStates('LOADING', 'UNLOADING');
    const gates = [createGate(), createGate()];
    for (const [index, { promise }] of gates.entries())
      model.versions.get(index + 1)!.change = promise;
    let isSettled = false;
    const settled = model.settled().then(() => (isSettled = true));
    for (const gate of gates) {
      await new Promise((resolve) => setImmediate(resolve));
      expect(isSettled).toBe(false);
      gate.open();
    }
    await settled;
  });

  it('are blocked until the very moment of their next try', () => {
    inStates('UNAVAILABLE');
    model.versions.get(1)!.failure = away;
    const isBlocked = (now: number) => model.view(now).versions[0]!.isBlocked;
    expect([isBlocked(away.retryAt - 1), isBlocked(away.retryAt)]).toEqual([true, false]);
  });

  it('are known by their numbers, and by the labels that point somewhere', () => {
    point({ beta: 7 });
    expect([model.knows(), model.knows({ label: 'beta' })]).toEqual([false, false]);
    inStates('UNAVAILABLE');
    expect([
      model.knows(),
      model.knows({ version: 1 }),
      model.knows({ version: 7 }),
      model.knows({ label: 'beta' }),
      model.knows({ label: 'constructor' }),
    ]).toEqual([true, true, false, true, false]);
  });
});

describe('what a model serves', () => {
  it('by default is the highest READY version; who looks is told of every change once', () => {
    expect(model.updateServing()).toBeUndefined();
    inStates('READY', 'READY', 'LOADING');
    expect(model.updateServing()).toEqual({ before: undefined, after: 2 });
    expect(model.updateServing()).toBeUndefined();
    model.versions.get(2)!.state = 'UNLOADING';
    expect(model.updateServing()).toEqual({ before: 2, after: 1 });
    expect(model.servingVersion()).toBe(model.versions.get(1));
    model.versions.get(1)!.state = 'UNLOADING';
    expect(model.updateServing()).toEqual({ before: 1, after: undefined });
    expect(model.servingVersion()).toBeUndefined();
  });

  it('by a label follows it as soon as its version is READY, and ends with the label', () => {
    inStates('READY', 'LOADING');
    point({ beta: 1 });
    expect([model.serving('beta'), model.labelsServedBy(1)]).toEqual([1, ['beta']]);
    point({ beta: 2 });
    expect(model.serving('beta'), 'the one before goes on').toBe(1);
    model.versions.get(2)!.state = 'READY';
    model.updateServing();
    expect([model.serving('beta'), model.labelsServedBy(1)]).toEqual([2, []]);
    expect(model.servingVersion('beta')).toBe(model.versions.get(2));
    point({});
    expect(model.serving('beta')).toBeUndefined();
    expect(model.servingVersion('beta')).toBeUndefined();
  });

  it('by a label is nothing while its version is not READY and the one before is gone', () => {
    inStates('READY', 'LOADING');
    point({ beta: 1 });
    model.versions.get(1)!.state = 'UNLOADING';
    point({ beta: 2 });
    expect(model.serving('beta')).toBeUndefined();
    expect(model.view(0).serving).toEqual([]);
  });

  it('by production is the version before it, as long as that is READY, and never a newer one', () => {
    inStates('READY', 'UNAVAILABLE', 'READY');
    expect(point({ production: 2 })).toBeUndefined();
    expect(point({ production: 1 })).toEqual({ before: undefined, after: 1 });
    expect(point({ production: 2 })).toBeUndefined();
    expect(model.serving()).toBe(1);
    model.versions.get(1)!.state = 'UNLOADING';
    expect(model.updateServing()).toEqual({ before: 1, after: undefined });
  });

  it('goes on by default with the version that served when production is pointed at one that cannot be loaded', () => {
    inStates('READY', 'UNAVAILABLE');
    model.updateServing();
    expect(point({ production: 2 })).toBeUndefined();
    expect([model.serving(), model.serving('production')]).toEqual([1, undefined]);
  });

  it('shows to the policy, with what decides by default', () => {
    inStates('READY', 'READY', 'READY');
    point({ beta: 1, gamma: 7 });
    expect(model.view(0)).toMatchObject({
      model: 'digits',
      labelled: [1, 7],
      serving: [1, 3],
      answersByNewest: true,
    });
    point({ production: 2 });
    expect(model.view(0)).toMatchObject({
      labelled: [2],
      serving: [2, 2],
      answersByNewest: false,
    });
  });
});

/** The version 1 of a model with these labels, gone from the repository. */
const goneOne = (labels: Record<string, number>, state: VersionState) => {
  model = new KnownModel('digits');
  inStates(state, 'UNLOADED');
  point(labels);
  for (const _ of [1, 2]) model.setVersions([2]);
  return model;
};

describe('a version that is gone from the repository', () => {
  it('is missing when a label of somebody names it, or it answers by default, and it is not kept', () => {
    expect(goneOne({ beta: 1 }, 'UNLOADED').missingTargets()).toEqual([1]);
    expect(goneOne({ beta: 1 }, 'READY').missingTargets()).toEqual([1]);
    expect(goneOne({}, 'READY').missingTargets(), 'by default').toEqual([1]);
    expect(goneOne({ latest: 1 }, 'UNLOADED').missingTargets()).toEqual([]);
    expect(goneOne({ beta: 2 }, 'UNLOADED').missingTargets()).toEqual([]);
    goneOne({ beta: 1 }, 'READY').versions.get(1)!.isKept = true;
    expect(model.missingTargets()).toEqual([]);
    goneOne({ beta: 1 }, 'READY').versions.get(1)!.isReplaced = true;
    expect(model.missingTargets()).toEqual([]);
  });

  it('is known again when it is kept, and only as long as something relies on it', () => {
    goneOne({ beta: 1 }, 'UNLOADED').addKept(1);
    expect(numbers()).toEqual([2, 1]);
    expect(model.versions.get(1)).toMatchObject({ isKept: true, missedListings: 2 });
    model.removeGone();
    expect(numbers()).toEqual([2, 1]);
    model.versions.get(1)!.isReplaced = true;
    model.removeGone();
    expect(numbers()).toEqual([2]);
    goneOne({ beta: 1 }, 'UNLOADED').addKept(1);
    point({});
    model.removeGone();
    expect(numbers()).toEqual([2]);
  });

  it('that was never missing is kept beside its files', () => {
    inStates('READY');
    const known = model.versions.get(1);
    model.addKept(1);
    expect(model.versions.get(1)).toBe(known);
    expect(known).toMatchObject({ isKept: true, missedListings: 0 });
  });

  it('is replaced when it is withdrawn, and answers until it is out of memory', () => {
    inStates('READY', 'READY');
    model.withdraw(1);
    expect(model.versions.get(1)).toMatchObject({ isReplaced: true, missedListings: 2 });
    expect(model.versions.get(2)).toMatchObject({ isReplaced: false, missedListings: 0 });
  });

  it('answers by default only where no version that is at rest can', () => {
    inStates('READY', 'READY');
    model.versions.get(2)!.missedListings = 2;
    model.updateServing();
    expect(model.serving()).toBe(1);
    model.versions.get(1)!.state = 'UNLOADING';
    model.updateServing();
    expect(model.serving()).toBe(2);
  });

  it.each([
    ['READY', {}, true],
    ['LOADING', {}, true],
    ['UNLOADED', {}, false],
    ['UNLOADING', {}, false],
    ['UNLOADED', { isKept: true }, true],
    ['UNLOADED', { isKept: true, isReplaced: true }, false],
    ['READY', { isReplaced: true }, false],
  ] as const)('is here when it can answer: %s, %j', (state, changes, isHere) => {
    inStates(state);
    Object.assign(model.versions.get(1)!, changes);
    expect(model.view(0).versions[0]!.isHere).toBe(isHere);
  });

  it('is relied on by labels, by what answers for them, and by default, but not by latest', () => {
    inStates('READY', 'READY', 'READY', 'READY');
    point({ latest: 1, beta: 2, production: 3 });
    expect(new Set(model.view(0).relied)).toEqual(new Set([2, 3]));
    point({ latest: 1, beta: 9 });
    expect(new Set(model.view(0).relied), 'two goes on for beta').toEqual(new Set([9, 2, 4]));
    for (const known of model.versions.values()) known.state = 'UNLOADED';
    model.updateServing();
    expect(model.view(0).relied).toEqual([9]);
  });
});

describe('the version that is awaited', () => {
  it.each([
    ['the newest one', {}, {}, 0, 2],
    ['the one that production names', { production: 1 }, {}, 0, 1],
    ['none that is not there', { production: 7 }, {}, 0, undefined],
    ['none that is READY', {}, { state: 'READY' }, 0, undefined],
    ['none before its next try', {}, { failure: away }, away.retryAt - 1, 1],
    ['one at its next try', {}, { failure: away }, away.retryAt, 2],
    ['none that is gone', {}, { missedListings: 2 }, 0, 1],
    ['one that is gone and kept', {}, { missedListings: 2, isKept: true }, 0, 2],
  ] as const)('is %s', (_, labels, second, now, expected) => {
    inStates('UNLOADED', 'UNLOADED');
    Object.assign(model.versions.get(2)!, second);
    model.setLabels({ labels, etag: 'e' });
    expect(model.awaited(now)).toBe(expected);
  });

  it('is none of a model without versions', () => {
    expect(model.awaited(0)).toBeUndefined();
  });
});

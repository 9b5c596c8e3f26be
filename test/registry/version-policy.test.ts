import { describe, expect, it } from 'vitest';
import { nextActions } from '../../src/registry/policy/version-policy.ts';
import type {
  ModelView,
  VersionPolicy,
  VersionView,
} from '../../src/registry/policy/version-view.ts';

const policy: VersionPolicy = { keepVersions: 2, maxLoadedVersions: 16 };

function version(number: number, changes: Partial<VersionView> = {}): VersionView {
  return {
    version: number,
    state: 'UNAVAILABLE',
    isAtRest: true,
    isHere: true,
    isBlocked: false,
    isOnDemand: false,
    lastUsed: 0,
    bytes: 1,
    ...changes,
  };
}

function model(versions: VersionView[], changes: Partial<ModelView> = {}): ModelView {
  return {
    model: 'digits',
    labelled: [],
    serving: [],
    relied: [],
    followed: [],
    called: [],
    answersByNewest: false,
    versions,
    ...changes,
  };
}

function plan(models: ModelView | ModelView[], changes: Partial<VersionPolicy> = {}): string[] {
  return nextActions([models].flat(), { ...policy, ...changes }).map(
    ({ kind, model, version }) => `${kind} ${model}/${version}`,
  );
}

/** Its newest version, which `latest` points at, could not be loaded. */
const brokenNewest = (name: string, answersByNewest: boolean): ModelView =>
  model([version(1), version(2), version(3, { isBlocked: true })], {
    model: name,
    labelled: [3],
    answersByNewest,
  });

const ready = { state: 'READY' } as const;

describe('the version policy', () => {
  it('names nothing when there is nothing', () => {
    expect(plan([])).toEqual([]);
  });

  it('loads the awaited version before all, and of its model no other but what requests select', () => {
    const other = model([version(3), version(4)], { model: 'cats', labelled: [4] });
    const digits = [version(1), version(2), version(3, { isOnDemand: true }), version(4)];
    const all = [other, model(digits, { labelled: [1, 2] })];
    const order = (...awaited: { model: string; version: number }[]) =>
      nextActions(all, policy, awaited).map(({ model, version }) => `${model}/${version}`);
    expect(order()).toEqual(['cats/4', 'digits/2', 'digits/1', 'digits/4', 'cats/3', 'digits/3']);
    expect(order({ model: 'digits', version: 1 })).toEqual([
      'digits/1',
      'cats/4',
      'cats/3',
      'digits/3',
    ]);
  });

  it('loads the newest versions, newest first', () => {
    expect(plan(model([version(1), version(2), version(3)]))).toEqual([
      'load digits/3',
      'load digits/2',
    ]);
  });

  it('loads labelled versions first, however old', () => {
    expect(plan(model([version(1), version(2), version(3)], { labelled: [1] }))).toEqual([
      'load digits/1',
      'load digits/3',
      'load digits/2',
    ]);
  });

  it('names nothing that is under way or done', () => {
    const versions = [version(1, { state: 'UNLOADING' }), version(2, { state: 'LOADING' })];
    expect(plan(model([...versions, version(3, ready)]))).toEqual([]);
  });

  it('unloads a version that is neither new, nor labelled, nor serving, nor asked for', () => {
    const versions = [1, 2, 3, 4, 5, 6].map((number) => version(number, ready));
    versions[3] = version(4, { ...ready, isOnDemand: true });
    expect(plan(model(versions, { labelled: [1], serving: [2] }))).toEqual(['unload digits/3']);
  });

  it('keeps the version that serves until its successor is READY', () => {
    const loading = [version(1, ready), version(2, { state: 'LOADING' })];
    expect(plan(model(loading, { serving: [1] }), { keepVersions: 1 })).toEqual([]);
    const done = [version(1, ready), version(2, ready)];
    expect(plan(model(done, { serving: [2] }), { keepVersions: 1 })).toEqual(['unload digits/1']);
  });

  it('passes over a version that could not be loaded, and takes the next newest instead', () => {
    const versions = [version(1), version(2), version(3, { isBlocked: true })];
    expect(plan(model(versions, { labelled: [3] }))).toEqual(['load digits/2', 'load digits/1']);
  });

  it('takes no version away that answers because its files are gone, and loads it again from a copy', () => {
    const gone = { isAtRest: false };
    expect(
      plan(model([version(1, { ...ready, ...gone })], { labelled: [1], relied: [1] })),
    ).toEqual([]);
    expect(plan(model([version(1, { ...ready, ...gone })], { serving: [1], relied: [1] }))).toEqual(
      [],
    );
    expect(plan(model([version(1, gone)], { labelled: [1], relied: [1] }))).toEqual([
      'load digits/1',
    ]);
    const lost = version(1, { ...gone, isHere: false });
    expect(plan(model([lost], { labelled: [1], relied: [1] }))).toEqual([]);
    const replaced = version(1, { ...ready, ...gone, isHere: false });
    expect(plan(model([replaced], { labelled: [1], serving: [1], relied: [1] }))).toEqual([
      'unload digits/1',
    ]);
  });

  it('unloads a version that is gone once nobody is answered by it, and loads none that is neither', () => {
    const gone = version(3, { ...ready, isAtRest: false });
    const versions = [version(1, ready), gone];
    expect(plan(model(versions, { labelled: [1], serving: [1], relied: [1] }))).toEqual([
      'unload digits/3',
    ]);
    const newest = [version(1), version(2, { isAtRest: false })];
    expect(plan(model(newest, { answersByNewest: true }))).toEqual(['load digits/1']);
  });

  it('has a place for one version that a request selects, though all are taken by those that must be loaded', () => {
    const pinned = ['a', 'b'].map((name) =>
      model([version(1, { ...ready, lastUsed: 9 })], { model: name, labelled: [1] }),
    );
    const asked = (number: number, lastUsed: number) =>
      version(number, { isOnDemand: true, lastUsed });
    const old = model([version(1, ready), asked(2, 3), asked(3, 4), version(4)], { model: 'c' });
    expect(plan([...pinned, old], { maxLoadedVersions: 2, keepVersions: 0 })).toEqual([
      'unload c/1',
      'load c/3',
    ]);
  });

  it('has no further place for what a request selects while those that must be loaded leave one', () => {
    const asked = [version(1, { isOnDemand: true, lastUsed: 4 }), version(2, { isOnDemand: true })];
    const pinned = model([version(1, ready)], { model: 'a', labelled: [1] });
    expect(plan([pinned, model(asked)], { maxLoadedVersions: 2, keepVersions: 0 })).toEqual([
      'load digits/1',
    ]);
  });

  it('has that place for a version that must not be loaded anyway', () => {
    const pinned = model([version(1, { ...ready, isOnDemand: true }), version(2)], {
      labelled: [1],
      model: 'a',
    });
    const asked = model([version(1, { isOnDemand: true })], { model: 'b' });
    expect(plan([pinned, asked], { maxLoadedVersions: 1, keepVersions: 0 })).toEqual(['load b/1']);
  });

  it('keeps the newest that are at rest, whatever relied version is gone', () => {
    const gone = version(3, { ...ready, isAtRest: false });
    const versions = [version(1), version(2), gone];
    expect(plan(model(versions, { serving: [3], relied: [3] }), { keepVersions: 1 })).toEqual([
      'load digits/2',
    ]);
  });

  it('unloads the least recently used unlabelled version when there are too many, over all models', () => {
    const models = [
      model([version(1, { ...ready, lastUsed: 9 })], { model: 'a' }),
      model([version(1, { ...ready, lastUsed: 4 })], { model: 'b' }),
      model([version(1, { ...ready, lastUsed: 1 })], { model: 'c', labelled: [1] }),
      model([version(7, { isOnDemand: true, lastUsed: 10 })], { model: 'd' }),
    ];
    expect(plan(models, { maxLoadedVersions: 3 })).toEqual(['unload b/1', 'load d/7']);
  });

  it('loads every labelled version, even beyond the limit, and no other', () => {
    const models = model([version(1), version(2), version(3)], { labelled: [1, 2] });
    expect(plan(models, { maxLoadedVersions: 1 })).toEqual(['load digits/2', 'load digits/1']);
  });

  it('falls back, even beyond the limit, to the newest usable version where no production label decides', () => {
    const models = ['a', 'b', 'c'].map((name) => brokenNewest(name, true));
    expect(plan(models, { maxLoadedVersions: 1 })).toEqual(['load a/2', 'load b/2', 'load c/2']);
    expect(plan(brokenNewest('pinned', false), { maxLoadedVersions: 0 })).toEqual([]);
  });

  it('does not load again what it just unloaded for want of room', () => {
    const before = [version(1, ready), version(2, { isOnDemand: true, lastUsed: 3 })];
    expect(plan(model(before), { maxLoadedVersions: 1 })).toEqual([
      'unload digits/1',
      'load digits/2',
    ]);
    const after = [version(1), version(2, { ...ready, isOnDemand: true, lastUsed: 3 })];
    expect(plan(model(after), { maxLoadedVersions: 1 })).toEqual([]);
  });
});

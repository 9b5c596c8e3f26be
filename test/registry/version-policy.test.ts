import { describe, expect, it } from 'vitest';
import {
  nextActions,
  type ModelView,
  type VersionView,
} from '../../src/registry/version-policy.ts';

const policy = { keepVersions: 2, maxLoadedVersions: 16 };

function version(number: number, changes: Partial<VersionView> = {}): VersionView {
  return {
    version: number,
    state: 'UNAVAILABLE',
    isAtRest: true,
    isBlocked: false,
    isOnDemand: false,
    lastUsed: 0,
    ...changes,
  };
}

function model(versions: VersionView[], changes: Partial<ModelView> = {}): ModelView {
  return {
    model: 'digits',
    labelled: [],
    serving: [],
    answersByNewest: false,
    versions,
    ...changes,
  };
}

function plan(models: ModelView | ModelView[], changes: Partial<typeof policy> = {}): string[] {
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
    const order = (...awaited: [] | [{ model: string; version: number }]) =>
      nextActions(all, policy, ...awaited).map(({ model, version }) => `${model}/${version}`);
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

  it('unloads a version that is gone from the repository, whoever it serves', () => {
    const versions = [version(1, { ...ready, isAtRest: false })];
    expect(plan(model(versions, { labelled: [1], serving: [1] }))).toEqual(['unload digits/1']);
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

import { describe, expect, it } from 'vitest';
import { estimateBytes } from '../../src/registry/policy/loaded-bytes.ts';
import { versionsByRule } from '../../src/registry/policy/load-candidates.ts';
import { nextActions } from '../../src/registry/policy/version-policy.ts';
import type {
  ModelView,
  VersionPolicy,
  VersionView,
} from '../../src/registry/policy/version-view.ts';

const version = (number: number, changes: Partial<VersionView> = {}): VersionView => ({
  version: number,
  state: 'UNLOADED',
  isAtRest: true,
  isHere: false,
  isBlocked: false,
  isOnDemand: false,
  lastUsed: 0,
  bytes: 10,
  ...changes,
});
const ready = (number: number, changes: Partial<VersionView> = {}): VersionView =>
  version(number, { state: 'READY', isHere: true, ...changes });

const model = (
  name: string,
  versions: VersionView[],
  changes: Partial<ModelView> = {},
): ModelView => ({
  model: name,
  labelled: [],
  serving: [],
  relied: [],
  followed: [],
  called: [],
  answersByNewest: false,
  versions,
  ...changes,
});

const plan = (models: ModelView[], changes: Partial<VersionPolicy> = {}): string[] =>
  nextActions(models, { keepVersions: 2, maxLoadedVersions: 100, ...changes }).map(
    (action) => `${action.kind} ${action.model}/${action.version}`,
  );

describe('the rule of a model', () => {
  const versions = [1, 2, 3, 4].map((number) => version(number));

  it.each([
    [undefined, [4, 3]],
    [{ latest: 1 }, [4]],
    [{ latest: 3 }, [4, 3, 2]],
    ['all' as const, [4, 3, 2, 1]],
    [{ specific: [3, 1, 9] }, [3, 1]],
    [{ specific: [] }, []],
  ])('%j loads %j', (load, loaded) => {
    expect(plan([model('m', versions, { load })])).toEqual(loaded.map((one) => `load m/${one}`));
  });

  it('loads what labels name beside it, and unloads what it no longer says', () => {
    const view = model('m', [ready(1), ready(2), version(3)], {
      load: { specific: [3] },
      labelled: [2],
    });
    expect(plan([view])).toEqual(['unload m/1', 'load m/3']);
  });

  it('stays below the limits of the model, whatever the server has left', () => {
    const many = model('m', versions, { load: 'all', labelled: [1], limits: { versions: 2 } });
    expect(plan([many])).toEqual(['load m/1', 'load m/4']);
    const small = model('m', versions, { load: 'all', limits: { bytes: 35 } });
    expect(plan([small])).toEqual(['load m/4', 'load m/3', 'load m/2']);
  });
});

describe('a model that is not preloaded', () => {
  const lazy = { isPreloaded: () => false };

  it('is not loaded by itself, whatever labels name of it, but what a request asks for', () => {
    const labels = { labelled: [1, 2], followed: [1], answersByNewest: true };
    expect(plan([model('m', [version(1), version(2)], labels)], lazy)).toEqual([]);
    const asked = version(1, { isOnDemand: true, lastUsed: 1 });
    expect(
      plan([model('m', [asked, version(2)], { labelled: [1, 2], followed: [1] })], lazy),
    ).toEqual(['load m/1']);
  });

  it('follows its labels while it is loaded: the successor comes before the one that serves goes', () => {
    const moved = { labelled: [2], serving: [1], followed: [2] };
    const old = ready(1, { lastUsed: 7, isOnDemand: false });
    expect(plan([model('m', [old, version(2)], moved)], lazy)).toEqual(['load m/2']);
    expect(plan([model('m', [old, ready(2)], { ...moved, serving: [2] })], lazy)).toEqual([
      'unload m/1',
    ]);
  });

  it('makes room for what was asked for later, and nothing does for what nothing could bring back', () => {
    const loaded = (name: string, lastUsed: number, changes: Partial<VersionView> = {}) =>
      model(name, [ready(1, { lastUsed, isOnDemand: true, ...changes })], {
        labelled: [1],
        followed: [1],
        serving: [1],
        relied: [1],
      });
    const asked = model('c', [version(1, { isOnDemand: true, lastUsed: 3 })]);
    const limit = { ...lazy, maxLoadedVersions: 2 };
    expect(plan([loaded('a', 2), loaded('b', 1), asked], limit)).toEqual([
      'unload b/1',
      'load c/1',
    ]);
    const gone = loaded('b', 1, { isAtRest: false });
    expect(plan([loaded('a', 2), gone, asked], { ...lazy, maxLoadedBytes: 20 })).toEqual([
      'unload a/1',
      'hold c/1',
    ]);
  });
});

const serving = (name: string, view: VersionView): ModelView =>
  model(name, [view], { labelled: [1], serving: [1], followed: [1] });

describe('the limit of bytes', () => {
  it('unloads what was used least recently, labelled or not, and waits until it has left', () => {
    const a = serving('a', ready(1, { lastUsed: 5 }));
    const b = serving('b', ready(1, { lastUsed: 4 }));
    const asked = serving('c', version(1, { isOnDemand: true, lastUsed: 6 }));
    expect(plan([a, b, asked], { maxLoadedBytes: 20 })).toEqual(['unload b/1', 'hold c/1']);
    const leaving = serving('b', version(1, { state: 'UNLOADING', lastUsed: 4 }));
    expect(plan([a, leaving, asked], { maxLoadedBytes: 20 })).toEqual(['hold c/1']);
    const left = serving('b', version(1, { lastUsed: 4 }));
    expect(plan([a, left, asked], { maxLoadedBytes: 20 })).toEqual(['load c/1']);
    expect(plan([a, left, asked], { maxLoadedBytes: 30 })).toEqual(['load c/1', 'load b/1']);
  });

  it('loads as many as fit where nobody asked yet, and keeps those that are there', () => {
    const models = ['a', 'b', 'c', 'd'].map((name) => serving(name, version(1)));
    expect(plan(models, { maxLoadedBytes: 25 })).toEqual(['load a/1', 'load b/1']);
    const later = [models[0]!, models[1]!, serving('c', ready(1)), serving('d', ready(1))];
    expect(plan(later, { maxLoadedBytes: 25 })).toEqual([]);
  });

  it('never takes what answers for a required model, and loads nothing larger than all of it', () => {
    const required = serving('main', ready(1, { lastUsed: 1, bytes: 30 }));
    const huge = serving('huge', version(1, { isOnDemand: true, lastUsed: 9, bytes: 100 }));
    const policy = { maxLoadedBytes: 40, isRequired: (name: string) => name === 'main' };
    expect(plan([required, huge], policy)).toEqual([]);
    const small = serving('small', version(1, { isOnDemand: true, lastUsed: 9 }));
    expect(plan([required, small], policy)).toEqual(['load small/1']);
  });

  it('unloads a version before its successor is loaded where both do not fit', () => {
    const moved = { labelled: [2], serving: [1], followed: [2] };
    const view = model('m', [ready(1, { lastUsed: 3 }), version(2)], moved);
    expect(plan([view], { maxLoadedBytes: 20, keepVersions: 1 })).toEqual(['load m/2']);
    expect(plan([view], { maxLoadedBytes: 15, keepVersions: 1 })).toEqual([
      'unload m/1',
      'hold m/2',
    ]);
  });

  it('is of what the files take: 8 MiB for each version, and twice their size', () => {
    expect(estimateBytes(0)).toBe(8 * 1024 ** 2);
    expect(estimateBytes(1_000_000)).toBe(8 * 1024 ** 2 + 2_000_000);
  });
});

describe('a version that is unloaded first', () => {
  const unloadFirst = { reloadOrder: 'unload-first', keepVersions: 1 } as const;
  const moved = { labelled: [2], serving: [1], followed: [2] };

  it('goes as soon as its successor could be loaded, which waits for it', () => {
    expect(plan([model('m', [ready(1), version(2)], moved)], unloadFirst)).toEqual([
      'unload m/1',
      'hold m/2',
    ]);
    const leaving = version(1, { state: 'UNLOADING' });
    expect(plan([model('m', [leaving, version(2)], moved)], unloadFirst)).toEqual(['hold m/2']);
    expect(plan([model('m', [version(1), version(2)], moved)], unloadFirst)).toEqual(['load m/2']);
  });

  it('stays while that cannot be loaded, and comes back when it could not', () => {
    const blocked = version(2, { isBlocked: true });
    expect(plan([model('m', [ready(1), blocked], moved)], unloadFirst)).toEqual([]);
    const failed = model('m', [version(1), blocked], { labelled: [2], followed: [2, 1] });
    expect(plan([failed], unloadFirst)).toEqual(['load m/1']);
  });
});

it('where calls alone load, nothing else is loaded or unloaded', () => {
  const byCalls = { byCalls: true };
  const asked = version(3, { isOnDemand: true, lastUsed: 9 });
  const view = model('m', [version(1), ready(2), asked], { labelled: [1], serving: [2] });
  expect(plan([view], byCalls)).toEqual(['unload m/2']);
  expect(plan([{ ...view, called: [1, 2] }], byCalls)).toEqual(['load m/1']);
});

const asked = (name: string, lastUsed: number, bytes = 10): ModelView =>
  model(name, [version(1, { isOnDemand: true, lastUsed, bytes })]);
const moved = { labelled: [2], serving: [1], followed: [2] };
const isMain = (name: string): boolean => name === 'main';
const called = (...views: VersionView[]): ModelView[] => [model('m', views, { called: [1, 2] })];
const leaving = (name: string): ModelView => model(name, [version(1, { state: 'UNLOADING' })]);

describe('what a rule and labels alone decide', () => {
  it('is the same whoever loads them, and however many there may be', () => {
    const view = model(
      'm',
      [1, 2, 3, 4].map((number) => version(number)),
      { labelled: [1] },
    );
    const policy = { keepVersions: 1, maxLoadedVersions: 0, byCalls: true };
    expect(versionsByRule(view, { ...policy, isPreloaded: () => false })).toEqual([1, 4]);
  });
});

describe('what makes room for others', () => {
  it('is not what serves while what is to replace it is READY, or cannot be loaded', () => {
    const order = { reloadOrder: 'unload-first', keepVersions: 1 } as const;
    expect(plan([model('m', [ready(1), ready(2)], moved)], order)).toEqual([]);
    const blocked = model('m', [ready(1, { lastUsed: 1 }), version(2, { isBlocked: true })], moved);
    expect(plan([blocked, asked('x', 9)], { maxLoadedBytes: 10 })).toEqual([]);
    const limited = model('m', [version(1), ready(3), version(4, { isBlocked: true })], {
      load: 'all',
      limits: { versions: 1 },
      serving: [3],
      followed: [4],
    });
    expect(plan([limited])).toEqual([]);
  });

  it('is what was used before, of which a successor was used as often as what it replaces', () => {
    const pinned = serving('x', ready(1, { lastUsed: 1 }));
    expect(plan([pinned, asked('m', 9)], { maxLoadedBytes: 10 })).toEqual([
      'unload x/1',
      'hold m/1',
    ]);
    const last = ready(3, { isOnDemand: true, lastUsed: 9 });
    const view = model('m', [ready(1, { lastUsed: 3 }), version(2), last], moved);
    const other = serving('x', ready(1, { lastUsed: 5 }));
    expect(plan([view, other], { maxLoadedBytes: 20, keepVersions: 0 })).toEqual(['unload m/1']);
  });

  it('is nothing that answers for a required model, or is to, but its other versions are', () => {
    const main = serving('main', ready(1, { lastUsed: 1, bytes: 30 }));
    expect(plan([main, asked('x', 9, 20)], { maxLoadedBytes: 40, isRequired: isMain })).toEqual([]);
    const older = model('main', [ready(1, { lastUsed: 1 }), ready(2)], {
      labelled: [1],
      serving: [1],
      followed: [1],
    });
    expect(plan([older, asked('x', 9)], { maxLoadedBytes: 20, isRequired: isMain })).toEqual([
      'unload main/2',
      'hold x/1',
    ]);
    const next = model('main', [ready(1, { lastUsed: 1 }), version(2)], moved);
    expect(plan([next, asked('x', 9)], { maxLoadedBytes: 20, isRequired: isMain })).toEqual([
      'load main/2',
    ]);
  });

  it('is nothing that calls have loaded, whatever the limits say', () => {
    const limits = { byCalls: true, maxLoadedVersions: 1, maxLoadedBytes: 10 };
    expect(plan(called(version(1), version(2)), limits)).toEqual(['load m/2', 'load m/1']);
    expect(plan(called(ready(1), version(2)), limits)).toEqual(['load m/2']);
    expect(plan(called(version(1, { state: 'LOADING' }), version(2)), limits)).toEqual([
      'load m/2',
    ]);
  });
});

describe('a load', () => {
  it('waits as long as what is in memory, or on its way, leaves no room for it', () => {
    const loading = serving('a', version(1, { state: 'LOADING' }));
    const waiting = asked('c', 9);
    expect(plan([loading, leaving('b'), waiting], { maxLoadedBytes: 20 })).toEqual(['hold c/1']);
    const given = { keepVersions: 0, maxLoadedBytes: 10 };
    const unwanted = model('b', [version(1, { state: 'LOADING' })]);
    expect(plan([unwanted, waiting], given)).toEqual(['hold c/1']);
  });

  it('does not wait where it fits, beside those before it', () => {
    const models = [serving('a', ready(1)), model('b', [ready(1)]), asked('c', 9)];
    const given = { keepVersions: 0, maxLoadedBytes: 30 };
    expect(plan(models, given)).toEqual(['unload b/1', 'load c/1']);
    const two = [leaving('b'), asked('c', 9), asked('d', 8)];
    expect(plan(two, { maxLoadedBytes: 25 })).toEqual(['load c/1', 'hold d/1']);
  });

  it('does not wait for versions of its model that stay, nor comes first for another that is awaited', () => {
    const view = model('m', [ready(1), version(2, { isOnDemand: true })], {
      labelled: [1],
      serving: [1],
      followed: [1],
    });
    const given = { keepVersions: 0, reloadOrder: 'unload-first' } as const;
    expect(plan([view], given)).toEqual(['load m/2']);
    const models = ['a', 'b'].map((name) => model(name, [version(1)], { labelled: [1] }));
    const actions = nextActions(models, { keepVersions: 1, maxLoadedVersions: 9 }, [
      { model: 'b', version: 1 },
    ]);
    expect(actions.map((one) => one.model)).toEqual(['b', 'a']);
  });
});

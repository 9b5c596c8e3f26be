import { beforeEach, describe, expect, it } from 'vitest';
import {
  describeModel,
  describeRelease,
  describeStatus,
  whyNotReady,
  whyNotServing,
} from '../../src/registry/describe.ts';
import { KnownModel } from '../../src/registry/known-model.ts';
import type { LoadedVersion } from '../../src/registry/loaded-version.ts';
import { failureAfter } from '../../src/registry/quarantine.ts';
import { aReleaseRecord } from '../support/drafts.ts';

const failure = failureAfter(new Error('out of order'), undefined, 0, 'f');
const loadedWith = (changes: Partial<LoadedVersion>) =>
  ({
    place: 'inline',
    leases: 3,
    queueDepth: 5,
    unhealthyReason: undefined,
    ...changes,
  }) as LoadedVersion;

let model: KnownModel;
beforeEach(() => {
  model = new KnownModel('digits');
});

/** Version 1 is READY, version 2 failed, version 10 was never loaded. */
function threeVersions(labels: Record<string, number> = {}): void {
  model.addVersions([10, 2, 1]);
  Object.assign(model.versions.get(1)!, { state: 'READY', loaded: loadedWith({}) });
  Object.assign(model.versions.get(2)!, { state: 'UNAVAILABLE', failure });
  model.setLabels({ labels, etag: 'e' });
  model.updateServing();
}

const failed = 'cannot be loaded: out of order';

describe('a model is described', () => {
  it('with its versions in the order of their numbers, at rest and loaded', () => {
    threeVersions({ production: 1, old: 1, beta: 2 });
    const { versions, ...rest } = describeModel(model);
    expect(rest).toMatchObject({ model: 'digits', etag: 'e', serving: 1 });
    const atRest = { isMissing: false, place: undefined, leases: 0, queueDepth: 0, serves: [] };
    expect(versions).toEqual([
      {
        version: 1,
        state: 'READY',
        isMissing: false,
        reason: undefined,
        retryAt: undefined,
        labels: ['production', 'old'],
        serves: ['production', 'old'],
        place: 'inline',
        leases: 3,
        queueDepth: 5,
      },
      {
        ...atRest,
        version: 2,
        state: 'UNAVAILABLE',
        reason: { code: 'GLIMPSE_INTERNAL', message: 'out of order' },
        retryAt: '1970-01-01T00:05:00.000Z',
        labels: ['beta'],
      },
      {
        ...atRest,
        version: 10,
        state: 'UNLOADED',
        reason: undefined,
        retryAt: undefined,
        labels: [],
      },
    ]);
  });

  it('with all that is not as it should be', () => {
    threeVersions({ production: 1, beta: 2, gamma: 7 });
    model.versions.get(10)!.failure = failure;
    model.versions.get(1)!.loaded = loadedWith({ unhealthyReason: 'its thread ended.' });
    model.pollFailure = { code: 'GLIMPSE_STORE_UNAVAILABLE', message: 'It is away.' };
    expect(describeModel(model).reasons).toEqual([
      'It is away.',
      `label "beta" points at version 2, which ${failed}`,
      'label "gamma" points at version 7, which is not in the repository.',
      `version 10 ${failed}`,
      'version 1: its thread ended.',
    ]);
    expect(describeStatus(model, model.versions.get(1)!).reason).toEqual({
      code: 'GLIMPSE_INTERNAL',
      message: 'its thread ended.',
    });
  });

  it('with the versions that serve although the repository has them no more', () => {
    threeVersions({ production: 1 });
    for (const _ of [1, 2]) model.setVersions([10]);
    const { versions, reasons, serving } = describeModel(model);
    expect([serving, versions.map(({ version, isMissing }) => [version, isMissing])]).toEqual([
      1,
      [
        [1, true],
        [10, false],
      ],
    ]);
    Object.assign(model.versions.get(10)!, { missedListings: 2 });
    expect(describeModel(model).reasons, 'version 10 serves nobody').toEqual(reasons);
    expect(reasons).toEqual([
      'version 1 is no longer in the repository, and goes on serving from this machine.',
    ]);
  });

  it('with the version that goes on serving for a label', () => {
    threeVersions({ beta: 1 });
    model.setLabels({ labels: { beta: 10 }, etag: 'f' });
    model.updateServing();
    expect(describeModel(model).reasons).toEqual([
      'label "beta" points at version 10, which is UNLOADED. Version 1 goes on serving.',
      `version 2 ${failed}`,
    ]);
  });
});

it('what was decided about a version is told without what its address says', () => {
  const { formatVersion: _format, model: _model, version: _version, ...decided } = aReleaseRecord();
  expect(describeRelease(aReleaseRecord())).toEqual(decided);
  expect(decided).toHaveProperty('decision');
});

describe('why a model does not answer', () => {
  it('is nothing while a healthy version serves it', () => {
    threeVersions();
    expect(whyNotServing(model)).toBeUndefined();
    model.versions.get(1)!.loaded = undefined;
    expect(whyNotServing(model)).toBeUndefined();
    model.versions.get(1)!.loaded = loadedWith({ unhealthyReason: 'its thread ended.' });
    expect(whyNotServing(model)).toBe('version 1: its thread ended.');
  });

  it('is its production label, before the repository, before its newest version', () => {
    expect(whyNotServing(model)).toBe('it has no version.');
    model.addVersions([2, 11, 9]);
    model.versions.get(2)!.failure = failure;
    expect(whyNotServing(model)).toBe('version 11 is UNLOADED.');
    model.pollFailure = { code: 'GLIMPSE_STORE_UNAVAILABLE', message: 'It is away.' };
    expect(whyNotServing(model)).toBe('It is away.');
    model.setLabels({ labels: { production: 2 }, etag: 'e' });
    expect(whyNotServing(model)).toBe(`label "production" points at version 2, which ${failed}`);
  });

  it('by a version or a label is that it is not there, that it failed, or what it does just now', () => {
    threeVersions();
    model.versions.get(10)!.state = 'LOADING';
    expect([7, 2, 10].map((version) => whyNotReady(model, version))).toEqual([
      'version 7 is not in the repository.',
      `version 2 ${failed}`,
      'version 10 is LOADING.',
    ]);
    expect(whyNotReady(model, 10, 'beta')).toBe(
      'label "beta" points at version 10, which is LOADING.',
    );
  });
});

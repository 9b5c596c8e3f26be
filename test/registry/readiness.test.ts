import { describe, expect, it } from 'vitest';
import { errors } from '../../src/errors.ts';
import { KnownModel } from '../../src/registry/known-model.ts';
import { notReadYet, readinessOf, type ReadinessInput } from '../../src/registry/readiness.ts';

/** A registry that has read its repository, in which there is nothing. */
const idle: ReadinessInput = {
  models: new Map(),
  defaultModel: 'digits',
  repository: 'memory:',
  hasStarted: true,
  startingMs: 0,
  storeFailure: undefined,
  staleSince: undefined,
  isClosing: false,
};

/** Models of this name with one version that is READY, or was never loaded. */
function modelsOf(states: Record<string, 'READY' | 'UNLOADED'>): Map<string, KnownModel> {
  const models = new Map<string, KnownModel>();
  for (const [name, state] of Object.entries(states)) {
    const model = new KnownModel(name);
    model.addVersions([1]);
    model.versions.get(1)!.state = state;
    model.updateServing();
    models.set(name, model);
  }
  return models;
}

it('a registry that closes is not ready, and says why before anything else', () => {
  const storeFailure = new Error('The store is away.');
  expect(readinessOf({ ...idle, storeFailure, isClosing: true })).toEqual({
    ready: false,
    reasons: ['This server is shutting down.', 'The store is away.'],
  });
});

const startingFor = (startingMs: number) => readinessOf({ ...idle, hasStarted: false, startingMs });

it('a repository that is read for the first time for long says for how long', () => {
  const told = 'The repository memory: is being read for the first time';
  expect(startingFor(4_999)).toEqual({ ready: false, reasons: [`${told}.`] });
  expect(startingFor(5_000)).toEqual({ ready: false, reasons: [`${told}, for 5 s now.`] });
  expect(startingFor(17_900)).toEqual({ ready: false, reasons: [`${told}, for 17 s now.`] });
});

describe('a registry that has started', () => {
  it('is ready when the default model answers, whatever else is wrong', () => {
    expect(readinessOf({ ...idle, models: modelsOf({ digits: 'READY' }) })).toEqual({
      ready: true,
      reasons: [],
    });
    const models = modelsOf({ digits: 'READY', cats: 'READY' });
    models.get('cats')!.setLabels({ labels: { beta: 7 }, etag: 'e' });
    const staleSince = new Date(0);
    const storeFailure = new Error('The store is away.');
    expect(readinessOf({ ...idle, models, staleSince, storeFailure })).toEqual({
      ready: true,
      reasons: [
        'What is served is stale: the repository memory: has not answered since 1970-01-01T00:00:00.000Z.',
        'Model "cats": label "beta" points at version 7, which is not in the repository.',
        'The store is away.',
      ],
    });
  });

  it('is not ready without the default model, or while that does not answer', () => {
    expect(readinessOf(idle)).toEqual({
      ready: false,
      reasons: ['There is no model "digits" in memory:.'],
    });
    expect(readinessOf({ ...idle, models: modelsOf({ digits: 'UNLOADED' }) })).toEqual({
      ready: false,
      reasons: ['Model "digits": version 1 is UNLOADED.'],
    });
  });
});

it('who comes before the first reading is told what is the matter with that', () => {
  const sentence = 'Model "digits" cannot answer: the repository was not read yet.';
  const early = notReadYet('digits', undefined);
  expect(early).toMatchObject({ code: 'GLIMPSE_MODEL_NOT_READY', message: sentence });
  expect(early).not.toHaveProperty('details.reason');
  const away = new errors.GLIMPSE_STORE_UNAVAILABLE('memory:', 'it is away');
  expect(notReadYet('digits', away)).toMatchObject({
    code: 'GLIMPSE_MODEL_NOT_READY',
    message: `${sentence} ${away.message}`,
    details: { reason: { code: 'GLIMPSE_STORE_UNAVAILABLE', message: away.message } },
  });
});

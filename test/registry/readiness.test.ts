import { expect, it } from 'vitest';
import { readinessOf } from '../../src/registry/readiness.ts';

it('a registry that closes is not ready, and says why before anything else', () => {
  const closing = readinessOf({
    models: new Map(),
    defaultModel: 'digits',
    repository: 'memory:',
    hasStarted: true,
    startingMs: 0,
    storeFailure: new Error('The store is away.'),
    staleSince: undefined,
    isClosing: true,
  });
  expect(closing).toEqual({
    ready: false,
    reasons: ['This server is shutting down.', 'The store is away.'],
  });
});

const startingFor = (startingMs: number) =>
  readinessOf({
    models: new Map(),
    defaultModel: 'digits',
    repository: 'memory:',
    hasStarted: false,
    startingMs,
    storeFailure: undefined,
    staleSince: undefined,
    isClosing: false,
  });

it('a repository that is read for the first time for long says for how long', () => {
  const told = 'The repository memory: is being read for the first time';
  expect(startingFor(4_999)).toEqual({ ready: false, reasons: [`${told}.`] });
  expect(startingFor(17_900)).toEqual({ ready: false, reasons: [`${told}, for 17 s now.`] });
});

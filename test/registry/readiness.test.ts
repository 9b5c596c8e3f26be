import { expect, it } from 'vitest';
import { readinessOf } from '../../src/registry/readiness.ts';

it('a registry that closes is not ready, and says why before anything else', () => {
  const closing = readinessOf({
    models: new Map(),
    defaultModel: 'digits',
    repository: 'memory:',
    hasStarted: true,
    storeFailure: new Error('The store is away.'),
    staleSince: undefined,
    isClosing: true,
  });
  expect(closing).toEqual({
    ready: false,
    reasons: ['This server is shutting down.', 'The store is away.'],
  });
});

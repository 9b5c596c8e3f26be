import { vi } from 'vitest';
import type { S3Options } from '../../src/repository/stores/s3/s3-client.ts';
import type { S3Server } from './s3-server.ts';

/** Settings for a server on this machine: patient enough for a busy one, quick enough for a test. */
export function s3OptionsFor(endpoint: string, changes: Partial<S3Options> = {}): S3Options {
  return {
    endpoint,
    region: 'us-east-1',
    forcePathStyle: 'auto',
    checksums: 'auto',
    connectTimeoutMs: 2_000,
    requestTimeoutMs: 10_000,
    socketTimeoutMs: 15_000,
    maxAttempts: 4,
    ...changes,
  };
}

/** Puts the credentials for a server where the SDK looks for them, until the test file ends. */
export function signInTo({ env }: Pick<S3Server, 'env'>): void {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
}

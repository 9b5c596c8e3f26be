import { defineConfig } from 'vitest/config';

/** The store's and the repository's contract against a real endpoint: `npm run test:s3`. */
export default defineConfig({
  test: {
    include: ['test/repository/s3-endpoint.suite.ts'],
    environment: 'node',
    globalSetup: ['test/support/one-temporary-folder.ts'],
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});

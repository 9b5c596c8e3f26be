import { defineConfig } from 'vitest/config';

/** The tests that need tfjs-node and a SavedModel: `npm run test:tensorflow` prepares both. */
export default defineConfig({
  test: {
    include: ['test/tensorflow/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});

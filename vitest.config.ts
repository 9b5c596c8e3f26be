import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const compiledEntry = fileURLToPath(new URL('test/support/compiled-entry.ts', import.meta.url));

/**
 * Files that change what a process has only one of: its timers, its modules, its output, its environment. Each has a
 * world of its own; the others share theirs, and load the house once in each worker instead of once in each file.
 */
const apart = [
  'test/batching/**/*.test.ts',
  'test/cancellation.test.ts',
  'test/cli/**/*.test.ts',
  'test/http/event-stream.test.ts',
  'test/http/refusal-log.test.ts',
  'test/image/canonicalise.test.ts',
  'test/image/ink-figures.test.ts',
  'test/registry/poller.test.ts',
  'test/repository/s3-*.test.ts',
  'test/runtime/hosted-runtime.test.ts',
  'test/serving/predictor.test.ts',
  'test/training/founding-example.test.ts',
];
// These need more than Node: npm run test:tensorflow.
const elsewhere = ['test/tensorflow/**'];

export default defineConfig({
  // How our sources, and only they, import it.
  resolve: { alias: [{ find: /^(?:\.{1,2}\/)+entry\.ts$/, replacement: compiledEntry }] },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          include: ['test/**/*.test.ts'],
          exclude: [...elsewhere, ...apart],
          isolate: false,
        },
      },
      {
        extends: true,
        test: { name: 'apart', include: apart, exclude: elsewhere, isolate: true },
      },
    ],
    environment: 'node',
    // On Node 20 the AWS SDK tells every process that loads it what its versions of 2027 will need.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    globalSetup: [
      'test/support/one-temporary-folder.ts',
      'test/support/suite-logs.ts',
      'test/support/compiled-programs.ts',
    ],
    pool: 'forks',
    setupFiles: ['test/support/undone.ts'],
    // Some wait for processes, sockets and timers, and leave their core to another.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    testTimeout: 30_000,
    hookTimeout: 30_000,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/main.ts', 'src/cli.ts', 'src/cli/**'],
      thresholds: { lines: 90 },
    },
  },
});

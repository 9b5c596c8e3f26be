import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const compiledEntry = fileURLToPath(new URL('test/support/compiled-entry.ts', import.meta.url));

export default defineConfig({
  // How our sources, and only they, import it.
  resolve: { alias: [{ find: /^(?:\.{1,2}\/)+entry\.ts$/, replacement: compiledEntry }] },
  test: {
    include: ['test/**/*.test.ts'],
    // These need more than Node: npm run test:tensorflow.
    exclude: ['test/tensorflow/**'],
    environment: 'node',
    // On Node 20 the AWS SDK tells every process that loads it what its versions of 2027 will need.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    globalSetup: ['test/support/one-temporary-folder.ts', 'test/support/compiled-programs.ts'],
    pool: 'forks',
    // Every file has modules and timers of its own: fake timers of one have stopped the real ones of another.
    isolate: true,
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

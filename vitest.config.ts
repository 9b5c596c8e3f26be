import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const compiledEntry = fileURLToPath(new URL('test/support/compiled-entry.ts', import.meta.url));

/**
 * Files that replace what a process has only one of: its timers, its environment. Each has a process of its own; the
 * others share theirs, and load the house once in each worker instead of once in each file, which takes a second.
 */
const apart = [
  'test/batching/batcher*.test.ts',
  'test/cancellation.test.ts',
  'test/http/event-stream.test.ts',
  'test/http/refusal-log.test.ts',
  'test/registry/poller.test.ts',
  'test/repository/s3-abuse.test.ts',
  'test/runtime/hosted-runtime.test.ts',
  'test/serving/predictor.test.ts',
];
/**
 * Whole programs that are started, killed with -9, starved of disk, heap or S3, and ended: `npm run test:processes`.
 * They wait for processes most of the time, and would make up a third of `npm test`. So do commands that try one foreign model
 * after the other, each in a cell of its own, and what follows one job after the other, each in a process of its own.
 */
export const processes = [
  'test/cli/adopt.test.ts',
  'test/cli/evaluate.test.ts',
  'test/cli/models-predict.test.ts',
  'test/cli/parity.test.ts',
  'test/cli/predict-killed.test.ts',
  'test/cli/publish-files.test.ts',
  'test/cli/publish-keras.test.ts',
  'test/cli/publish-quantise.test.ts',
  'test/cli/publish-zip.test.ts',
  'test/cli/publish.test.ts',
  'test/cli/told-the-same.test.ts',
  'test/cli/train-sagemaker.test.ts',
  'test/client/search.test.ts',
  'test/compose/repository-away.test.ts',
  'test/compose/several-processes.test.ts',
  'test/console/snippets.test.ts',
  'test/healthcheck.test.ts',
  'test/http/evaluate.test.ts',
  'test/http/grpc/grpc-processes.test.ts',
  'test/http/hostile-models.test.ts',
  'test/http/reload.test.ts',
  'test/http/searches.test.ts',
  'test/http/shutdown.test.ts',
  'test/http/upload.test.ts',
  'test/jobs/full-disk.test.ts',
  'test/jobs/search-killed.test.ts',
  'test/jobs/trainer-process.test.ts',
  'test/jobs/two-servers.test.ts',
  'test/lambda/function.test.ts',
  'test/library/create-glimpse.test.ts',
  'test/library/fastify.test.ts',
  'test/registry/crash-ledger.test.ts',
  'test/repository/disk-processes.test.ts',
  'test/repository/file-lock.test.ts',
  'test/runtime/cells.test.ts',
  'test/scripts/demo.test.ts',
  'test/training/colour-shapes.test.ts',
  'test/training/memory/measured.test.ts',
  'test/training/resume.test.ts',
];
// The first needs more than Node: npm run test:tensorflow.
const elsewhere = ['test/tensorflow/**', ...processes];

/** What every configuration of tests that need only Node has. */
export const common = {
  // How our sources, and only they, import it.
  resolve: { alias: [{ find: /^(?:\.{1,2}\/)+entry\.ts$/, replacement: compiledEntry }] },
  test: {
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
    expect: { poll: { timeout: 15_000 } },
  },
} satisfies ViteUserConfig;

export default defineConfig({
  ...common,
  test: {
    ...common.test,
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
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/main.ts', 'src/cli.ts', 'src/cli/**'],
      thresholds: { lines: 90 },
    },
  },
});

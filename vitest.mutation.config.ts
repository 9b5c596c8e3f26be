import { join } from 'node:path';
import { defineConfig, mergeConfig } from 'vitest/config';
import base from './vitest.config.ts';

const here = join(import.meta.dirname, 'scripts', 'mutation');

/** One session in which the tests of a room run as often as `npm run test:mutation` needs, on changed sources. */
const config = mergeConfig(
  base,
  defineConfig({
    plugins: [
      {
        name: 'collected-vitest',
        enforce: 'pre',
        resolveId: (source, importer = '') =>
          source === 'vitest' && !importer.startsWith(here)
            ? join(here, 'collected-vitest.ts')
            : undefined,
      },
    ],
  }),
);
delete config.test!.projects;
config.test!.include = ['scripts/mutation/session.ts'];
config.test!.setupFiles = [];
config.test!.pool = 'threads';
config.test!.maxWorkers = 1;
// The changed sources are no TypeScript any more: processes and threads run what was compiled before.
config.test!.globalSetup = ['test/support/one-temporary-folder.ts'];

export default config;

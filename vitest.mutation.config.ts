import { defineConfig, mergeConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** The tests of one room, which `npm run test:mutation` names, on sources that it has changed. */
const config = mergeConfig(base, defineConfig({}));
config.test!.include = (process.env['MUTATION_TESTS'] ?? '').split(' ');
// The changed sources are no TypeScript any more: processes and threads run what was compiled before.
config.test!.globalSetup = ['test/support/one-temporary-folder.ts'];

export default config;

import { defineConfig } from 'vitest/config';
import { common, processes } from './vitest.config.ts';

/** What happens to whole programs: `npm run test:processes`. The files themselves share processes, as those of `npm test` do. */
export default defineConfig({
  ...common,
  test: { ...common.test, include: processes, isolate: false },
});

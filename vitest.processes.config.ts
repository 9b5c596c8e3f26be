import { defineConfig } from 'vitest/config';
import { common, processes } from './vitest.config.ts';

/** What happens to whole programs: `npm run test:processes`. */
export default defineConfig({ ...common, test: { ...common.test, include: processes } });

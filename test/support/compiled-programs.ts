import type { TestProject } from 'vitest/node';
import { compileModulesWhenStale, compileWhenStale } from '../../scripts/compile.mjs';

/** Processes that tests start are the compiled programs, as in production: they start in half the time. */
export default function setup(project: TestProject): void {
  compile();
  project.onTestsRerun(async () => compile());
}

/** The programs, and the modules that programs of the tests load. */
function compile(): void {
  compileWhenStale();
  compileModulesWhenStale();
}

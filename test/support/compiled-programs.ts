import type { TestProject } from 'vitest/node';
import { compileWhenStale } from '../../scripts/compile.mjs';

/** Processes that tests start are the compiled programs, as in production: they start in half the time. */
export default function setup(project: TestProject): void {
  compileWhenStale();
  project.onTestsRerun(async () => compileWhenStale());
}

import { writeFileSync } from 'node:fs';
import {
  MinimalReporter,
  type SerializedError,
  type TestCase,
  type TestModule,
  type TestRunEndReason,
} from 'vitest/node';

/** What a run counted, as `.ci/run` adds it up. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/**
 * Says what continuous integration has to know of a run: every failure in full, every skipped test with its
 * reason, and the sums; nothing of a test that passed. Writes what it counted where `--outputFile` says.
 */
export default class CiReporter extends MinimalReporter {
  // Without the banner.
  override onInit(ctx: MinimalReporter['ctx']): void {
    this.ctx = ctx;
  }

  override onTestRunEnd(
    testModules: ReadonlyArray<TestModule>,
    unhandledErrors: ReadonlyArray<SerializedError>,
    reason: TestRunEndReason,
  ): void {
    const tests = testModules.flatMap((testModule) => [...testModule.children.allTests()]);
    for (const test of tests) this.reportSkipped(test);
    const { outputFile } = this.ctx.config;
    if (typeof outputFile === 'string') {
      const count = (state: string): number =>
        tests.filter((test) => test.result().state === state).length;
      const counts: Counts = {
        passed: count('passed'),
        failed: count('failed') + unhandledErrors.length,
        skipped: count('skipped'),
      };
      writeFileSync(outputFile, JSON.stringify(counts));
    }
    super.onTestRunEnd(testModules, unhandledErrors, reason);
  }

  private reportSkipped(test: TestCase): void {
    const result = test.result();
    if (result.state !== 'skipped') return;
    const file = this.relative(test.module.moduleId);
    this.log(`skipped: ${file} > ${test.fullName}: ${result.note ?? 'it says no reason'}`);
  }
}

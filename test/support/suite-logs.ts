import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leaksIn, logsVariable } from './recorded-logs.ts';

/**
 * Collects the logs of all servers that the tests run, and fails the run when a secret stands in one of them. `fail` is
 * told the lines.
 */
export default function setup(_project?: unknown, fail = failRun): () => void {
  // Every project of the run calls this; the first one collects for all.
  if (process.env[logsVariable] !== undefined) return () => {};
  const folder = mkdtempSync(join(tmpdir(), 'glimpse-suite-logs-'));
  process.env[logsVariable] = folder;
  return () => {
    const leaks = leaksIn(folder);
    delete process.env[logsVariable];
    rmSync(folder, { recursive: true, force: true });
    if (leaks.length > 0) fail(leaks);
  };
}

function failRun(leaks: readonly string[]): void {
  console.error(`Secrets stand in the logs of the tests:\n${leaks.join('\n')}`);
  process.exitCode = 1;
}

import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus } from 'node:os';

/** What of this machine, and of the container on it, decides how fast a model is. */
export function describeMachine(): Readonly<Record<string, string | number>> {
  return {
    arch: arch(),
    node: process.version,
    processor: cpus()[0]?.model ?? 'unknown',
    processors: availableParallelism(),
    quota: processorQuota(),
  };
}

/** The share of its processors that a container has, in the words of Linux; "max" where it has no limit. */
function processorQuota(): string {
  for (const file of ['/sys/fs/cgroup/cpu.max', '/sys/fs/cgroup/cpu/cpu.cfs_quota_us']) {
    try {
      return readFileSync(file, 'utf8').trim();
    } catch {
      // The other version of control groups, or none at all.
    }
  }
  return 'unknown';
}

import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, totalmem } from 'node:os';

import type { MemoryLimit } from '../training/memory/check-memory.ts';

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

/** The memory there is, in bytes: the container's limit, or the machine's. */
export function memoryOfMachine(): number {
  // Where there is no limit, systems say 0 or a number beyond every machine.
  return Math.min(process.constrainedMemory() || Infinity, totalmem());
}

/** What a training in a process of its own may hold, and what one in a terminal may, which nobody stops. */
export function memoryForTraining(setting?: number): MemoryLimit {
  const machine = memoryOfMachine();
  return setting !== undefined && setting <= machine
    ? { bytes: setting, setBy: 'GLIMPSE_TRAIN_MEMORY_BYTES' }
    : { bytes: machine, setBy: 'all that this machine or container has' };
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

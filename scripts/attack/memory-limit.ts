import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NotTried } from './attack.ts';
import { pause } from './wire.ts';

const MiB = 1024 * 1024;

/** A limit on memory that the kernel enforces, as around a container. */
export interface MemoryLimit {
  /** From now on the process and those it starts are within the limit. */
  add(pid: number): void;
  /** How often the kernel has ended a process to keep it. */
  kills(): number;
  remove(): Promise<void>;
}

/** Version 1 or 2 of control groups. NotTried where they may not be made. */
export function limitMemory(mebibytes: number): MemoryLimit {
  const isFirst = existsSync('/sys/fs/cgroup/memory/cgroup.procs');
  const folder = join(
    isFirst ? '/sys/fs/cgroup/memory' : '/sys/fs/cgroup',
    `glimpse-attack-${process.pid}`,
  );
  try {
    mkdirSync(folder);
    writeFileSync(
      join(folder, isFirst ? 'memory.limit_in_bytes' : 'memory.max'),
      String(mebibytes * MiB),
    );
  } catch (error) {
    if (existsSync(folder)) rmdirSync(folder);
    throw new NotTried('needs a control group for memory, which takes root', { cause: error });
  }
  return {
    add: (pid) => writeFileSync(join(folder, 'cgroup.procs'), String(pid)),
    kills() {
      const events = readFileSync(
        join(folder, isFirst ? 'memory.oom_control' : 'memory.events'),
        'utf8',
      );
      return Number(/^oom_kill (\d+)$/m.exec(events)?.[1]);
    },
    async remove() {
      // The kernel takes a moment to see that those in it have ended.
      for (let tries = 0; tries < 20; tries += 1) {
        try {
          return rmdirSync(folder);
        } catch {
          await pause(250);
        }
      }
    },
  };
}

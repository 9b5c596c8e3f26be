import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os';

/** One sentence about the machine: without it a figure means nothing. */
export function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const memory = Math.round(totalmem() / 2 ** 30);
  return (
    `${availableParallelism()} cores of ${model}, ${memory} GiB, ${platform()} ${release()} ${arch()}, ` +
    `Node ${process.version}`
  );
}

/** Resident memory of a process, in MiB. */
export function residentMiB(pid: number): number {
  const kib = execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  return Math.round(Number(kib.trim()) / 1024);
}

/**
 * Seconds of processor a process has used so far, all its threads that are still there together; NaN where /proc does
 * not tell. In nanoseconds: the hundredths of /proc/PID/stat are a fiftieth of a short measurement.
 */
export function cpuSeconds(pid: number): number {
  const folder = `/proc/${pid}/task`;
  if (!existsSync(folder)) return NaN;
  return readdirSync(folder).reduce(
    (sum, task) =>
      sum + Number(readFileSync(`${folder}/${task}/schedstat`, 'utf8').split(' ')[0]) / 1e9,
    0,
  );
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

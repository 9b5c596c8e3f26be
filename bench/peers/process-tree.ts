import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // The process ended while it was looked at.
    return otherwise;
  }
}

function tasksOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** A process and all that it started, those that they started included. */
export function treeOf(pid: number): number[] {
  const children = tasksOf(pid).flatMap((task) =>
    readOr(`/proc/${pid}/task/${task}/children`, '').split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(treeOf)];
}

/** Processor time of one line of /proc/PID/stat in milliseconds: its own, and of its children that have ended. */
export function cpuMsOfStat(stat: string, ticksPerSecond = 100): number {
  // The name of the program stands in brackets and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [utime, stime, cutime, cstime] = fields.slice(11, 15).map(Number);
  return ((utime! + stime! + cutime! + cstime!) * 1000) / ticksPerSecond;
}

/** Processor time that a process and all below it have used so far. */
export function treeCpuMs(pid: number): number {
  return treeOf(pid)
    .map((member) => readOr(`/proc/${member}/stat`, ''))
    .filter(Boolean)
    .reduce((sum, stat) => sum + cpuMsOfStat(stat), 0);
}

/** Memory of a process and all below it, what they share counted once. */
export function treePssMiB(pid: number): number {
  const kib = treeOf(pid).map((member) =>
    Number(/^Pss: +(\d+) kB/m.exec(readOr(`/proc/${member}/smaps_rollup`, ''))?.[1] ?? 0),
  );
  return kib.reduce((sum, each) => sum + each, 0) / 1024;
}

const isAlive = (pid: number): boolean => {
  const stat = readOr(`/proc/${pid}/stat`, '');
  return stat !== '' && !stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
};

/** Sends a signal to a process that may be gone. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already.
  }
}

async function untilGone(pids: readonly number[], patienceMs: number): Promise<number[]> {
  const until = performance.now() + patienceMs;
  while (pids.some(isAlive) && performance.now() < until) await sleep(20);
  return pids.filter(isAlive);
}

/** Ends a process as an operator would, then what it left behind, and whatever does not go with force. */
export async function endTree(pid: number, patienceMs = 5_000): Promise<void> {
  const tree = treeOf(pid);
  kill(pid, 'SIGTERM');
  await untilGone([pid], patienceMs);
  let left = await untilGone(tree, LEFT_BEHIND_MS);
  for (const member of left) kill(member, 'SIGTERM');
  left = await untilGone(left, patienceMs);
  for (const member of left) kill(member, 'SIGKILL');
}

const LEFT_BEHIND_MS = 300;

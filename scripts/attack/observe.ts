import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { pause } from './wire.ts';

export interface WitnessOrder {
  readonly url: string;
  /** The key of another caller than the attacker. */
  readonly key?: string | undefined;
  /** The process whose memory is measured, and that of all it started. */
  readonly pid?: number | undefined;
}

export interface Observation {
  readonly probes: number;
  readonly livezMaxMs: number;
  readonly livezP99Ms: number;
  /** Predictions of another caller that came in time. */
  readonly goodPerSecond: number;
  /** Memory of the server's process, and together with the processes that it started. */
  readonly maxBytes: number;
  readonly maxBytesWithChildren: number;
}

export interface Witness {
  /** What it saw of what began between two times; waits for what is under way. */
  between(from: number, to: number): Promise<Observation>;
  stop(): void;
}

/**
 * Gives a process a machine of its own as far as the system lets us: in life attackers compute elsewhere. For that one has
 * to be root; else the machine should be quiet, and have more cores than the server needs.
 */
export function putFirst(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, -10);
  } catch {
    // It stays as it is.
  }
}

/** Its observations are complete so long after a time: what takes longer counts as lost. */
const settleMs = 1_100;

/** Starts a process that watches a server from outside, as an orchestrator and another caller see it. */
export async function startWitness(order: WitnessOrder): Promise<Witness> {
  const child = fork(fileURLToPath(new URL('witness.ts', import.meta.url)), [
    JSON.stringify(order),
  ]);
  putFirst(child.pid);
  await once(child, 'message');
  return {
    async between(from, to) {
      await pause(Math.max(0, to + settleMs - Date.now()));
      child.send({ from, to });
      const [observation] = (await once(child, 'message')) as [Observation];
      return observation;
    },
    stop: () => child.disconnect(),
  };
}

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { pause } from './wire.ts';

export interface WitnessOrder {
  readonly url: string;
  /** The key of another caller than the attacker. */
  readonly key?: string | undefined;
  /** The process whose memory is measured, with all that it started. */
  readonly pid?: number | undefined;
}

export interface Observation {
  readonly probes: number;
  readonly livezMaxMs: number;
  readonly livezP99Ms: number;
  /** Predictions of another caller that came in time. */
  readonly goodPerSecond: number;
  readonly maxBytes: number;
}

export interface Witness {
  /** What it saw of what began between two times; waits for what is under way. */
  between(from: number, to: number): Promise<Observation>;
  stop(): void;
}

/** Its observations are complete so long after a time: what takes longer counts as lost. */
const settleMs = 1_100;

/** Starts a process that watches a server from outside, as an orchestrator and another caller see it. */
export function startWitness(order: WitnessOrder): Witness {
  const child = fork(fileURLToPath(new URL('witness.ts', import.meta.url)), [
    JSON.stringify(order),
  ]);
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

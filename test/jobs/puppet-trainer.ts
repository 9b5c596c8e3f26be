import { vi } from 'vitest';
import type { RunEvent } from '../../src/jobs/kinds.ts';
import type { Launch, LaunchJob, RunEnd } from '../../src/jobs/launch.ts';
import type { Epoch } from '../../src/training/events.ts';

/** A training process on strings: does nothing until the test says what. */
export interface Puppet {
  readonly job: LaunchJob;
  readonly stops: string[];
  readonly tell: (event: RunEvent) => void;
  readonly log: (line: string) => void;
  readonly end: (end: RunEnd) => void;
}

/** A launcher whose processes the test moves; `next` waits for the next one to be started. */
export function puppetTrainer() {
  const started: Puppet[] = [];
  let seen = 0;
  const launch: Launch = (job, report, log) => {
    const stops: string[] = [];
    const end = new Promise<RunEnd>((resolve) => {
      started.push({ job, stops, tell: report, log, end: resolve });
    });
    return { end, stop: (how) => void stops.push(how) };
  };
  return {
    launch,
    started,
    async next(): Promise<Puppet> {
      seen += 1;
      await vi.waitFor(() => {
        if (started.length < seen) throw new Error('no process was started');
      });
      return started[seen - 1]!;
    },
  };
}

export const succeeded: RunEnd = {
  type: 'succeeded',
  outcome: {
    version: 7,
    metrics: { accuracy: 0.9 },
    timings: { read: 0, train: 1, evaluate: 0, publish: 0 },
    notes: [],
  },
};

export function epochEvent(epoch: number): { type: 'epoch'; epoch: Epoch } {
  const figures = { loss: 1 / epoch, accuracy: 0.5, learningRate: 0.01, seconds: 0.1 };
  return { type: 'epoch', epoch: { epoch, ...figures } };
}

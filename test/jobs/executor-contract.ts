import { describe, expect, it, vi } from 'vitest';
import type { JobExecutor, JobTicket } from '../../src/jobs/executor.ts';
import type { RunEvent } from '../../src/jobs/kinds.ts';
import type { RunEnd } from '../../src/jobs/launch.ts';
import { epochEvent, succeeded } from './puppet-trainer.ts';

/** What a test of any executor needs of the one it is given. */
export interface ExecutorRig {
  readonly executor: JobExecutor;
  /** A new job of this kind, whose record says that it is queued. */
  readonly job: (kind: 'train' | 'evaluate') => Promise<JobTicket>;
  /** Waits for the next attempt that begins anywhere. */
  readonly attempt: () => Promise<{
    readonly job: { readonly id: string };
    readonly stops: readonly string[];
    readonly tell: (event: RunEvent) => void;
    readonly end: (end: RunEnd) => void;
  }>;
}

/** What every executor promises. */
export function executorContract(open: () => Promise<ExecutorRig>): void {
  describe('an executor', () => {
    it('works on a job that is submitted, and forgets it when it is done', async () => {
      const { executor, job, attempt } = await open();
      const ticket = await job('train');
      await executor.submit(ticket);
      const run = await attempt();
      expect(run.job.id).toBe(ticket.id);
      expect(await executor.describe(ticket.id)).toBe('running');
      run.end(succeeded);
      await vi.waitFor(async () => expect(await executor.describe(ticket.id)).toBeUndefined());
    });

    it('takes a job once that is submitted twice', async () => {
      const { executor, job, attempt } = await open();
      const ticket = await job('train');
      await Promise.all([executor.submit(ticket), executor.submit(ticket)]);
      (await attempt()).end(succeeded);
      await vi.waitFor(async () => expect(await executor.describe(ticket.id)).toBeUndefined());
      const next = await job('train');
      await executor.submit(next);
      const run = await attempt();
      expect(run.job.id).toBe(next.id);
      run.end(succeeded);
    });

    it('runs jobs of one lane one after the other, and those of another beside them', async () => {
      const { executor, job, attempt } = await open();
      const [first, second, short] = [
        await job('train'),
        await job('train'),
        await job('evaluate'),
      ];
      for (const ticket of [first, second, short]) await executor.submit(ticket);
      const runs = [await attempt(), await attempt()];
      expect(runs.map((run) => run.job.id).toSorted()).toEqual([first.id, short.id].toSorted());
      expect(await executor.describe(second.id)).toBe('waiting');
      for (const run of runs) run.end(succeeded);
      const last = await attempt();
      expect(last.job.id).toBe(second.id);
      last.end(succeeded);
    });

    it('stops the attempt at a job that is cancelled', async () => {
      const { executor, job, attempt } = await open();
      const ticket = await job('train');
      await executor.submit(ticket);
      const run = await attempt();
      expect(await executor.cancel(ticket.id)).toBe(true);
      await vi.waitFor(() => expect(run.stops).toEqual(['cancel']));
      run.end({ type: 'cancelled' });
      await vi.waitFor(async () => expect(await executor.describe(ticket.id)).toBeUndefined());
    });

    it('knows nothing of a job that it was never given', async () => {
      const { executor, job } = await open();
      const { id } = await job('train');
      expect(await executor.cancel(id)).toBe(false);
      expect(await executor.describe('0123456789abcdef')).toBeUndefined();
    });

    it('tells what attempts report, until nobody listens any more', async () => {
      const { executor, job, attempt } = await open();
      const told: [string, RunEvent][] = [];
      const stop = executor.events((id, event) => event && told.push([id, event]));
      const ticket = await job('train');
      await executor.submit(ticket);
      const run = await attempt();
      run.tell(epochEvent(1));
      await vi.waitFor(() => expect(told).toEqual([[ticket.id, epochEvent(1)]]));
      stop();
      run.tell(epochEvent(2));
      run.end(succeeded);
      await vi.waitFor(async () => expect(await executor.describe(ticket.id)).toBeUndefined());
      expect(told).toHaveLength(1);
    });
  });
}

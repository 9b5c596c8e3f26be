import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRecordSaver } from '../../src/jobs/record-saver.ts';
import { newRecord } from '../../src/jobs/record.ts';
import type { StoredJob } from '../../src/jobs/stored-job.ts';
import { farRequest } from './job-bench.ts';

const request = { model: 'bars', version: 1, dataset: farRequest.dataset, maxBadRows: 0 };

/** A saver of the jobs a and b into a store that works until it is told not to. */
function saverBench() {
  const jobs = new Map<string, StoredJob>();
  for (const id of ['a', 'b']) {
    const record = { ...newRecord('evaluate', { request, notes: [] }, new Date(0)), id };
    jobs.set(id, { record, uploads: [] });
  }
  const state = { isFull: false };
  const saved: string[] = [];
  const problems: string[] = [];
  const saver = createRecordSaver({
    store: {
      async save({ record }) {
        if (state.isFull) throw new Error('full');
        saved.push(`${record.id} ${record.attempts}`);
      },
    },
    current: (id) => jobs.get(id),
    onProblem: (problem) => problems.push(problem),
  });
  const change = (id: string, attempts: number): void => {
    const job = jobs.get(id)!;
    jobs.set(id, { ...job, record: { ...job.record, attempts } });
  };
  return { saver, state, saved, problems, jobs, change };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the records of jobs', () => {
  it('that change often are written once within half a second, as they are then', async () => {
    const { saver, saved, change } = saverBench();
    for (const attempts of [1, 2, 3]) {
      change('a', attempts);
      saver.soon('a');
    }
    await vi.advanceTimersByTimeAsync(499);
    expect(saved).toEqual([]);
    saver.soon('b');
    await vi.advanceTimersByTimeAsync(1);
    expect(saved).toEqual(['a 3', 'b 0']);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(saved).toHaveLength(2);
    saver.soon('a');
    await vi.advanceTimersByTimeAsync(500);
    expect(saved).toHaveLength(3);
  });

  it('are not written again later when they were written now', async () => {
    const { saver, saved } = saverBench();
    saver.soon('a');
    await saver.now('a');
    await vi.advanceTimersByTimeAsync(500);
    expect(saved).toEqual(['a 0']);
  });

  it('of a forgotten job are not written', async () => {
    const { saver, saved, problems, jobs } = saverBench();
    saver.soon('a');
    jobs.delete('a');
    await saver.settled();
    expect([...saved, ...problems]).toEqual([]);
  });

  it('that cannot be written are tried every five seconds, and told once until it worked', async () => {
    const { saver, state, saved, problems } = saverBench();
    state.isFull = true;
    await saver.now('a');
    expect(problems).toEqual(['The record of job a could not be written: full']);
    await vi.advanceTimersByTimeAsync(4999);
    await saver.now('b');
    expect(problems).toHaveLength(2);
    state.isFull = false;
    await vi.advanceTimersByTimeAsync(1);
    expect(saved).toEqual(['a 0', 'b 0']);
    state.isFull = true;
    await saver.now('a');
    await vi.advanceTimersByTimeAsync(5000);
    expect(problems).toHaveLength(3);
  });

  it('are tried once more when all is closed, and never after', async () => {
    const { saver, state, saved, problems } = saverBench();
    saver.soon('a');
    state.isFull = true;
    await saver.close();
    expect(problems).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
    state.isFull = false;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(saved).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { createJobEvents } from '../../src/jobs/events.ts';
import { newRecord, type JobEvent, type JobRecord } from '../../src/jobs/record.ts';
import { farRequest } from './job-bench.ts';
import { epochEvent } from './puppet-trainer.ts';

const request = { model: 'bars', version: 1, dataset: farRequest.dataset, maxBadRows: 0 };
const record = newRecord('evaluate', { request, notes: [] }, new Date(0));
const ended: JobRecord = { ...record, state: 'failed', history: [epochEvent(1).epoch] };
const failed = { type: 'state', state: 'failed' } as const;
const { signal } = new AbortController();

const allOf = async (events: AsyncIterable<JobEvent>): Promise<JobEvent[]> => {
  const seen: JobEvent[] = [];
  for await (const event of events) seen.push(event);
  return seen;
};
const progress = (step: number) => ({ type: 'progress', epoch: 1, step, steps: 9 }) as const;
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('following a job', () => {
  it('that has ended tells what it read, its epochs after the known one, and its state', async () => {
    const events = createJobEvents();
    const dataset = { examples: 1 } as unknown as NonNullable<JobRecord['dataset']>;
    const told = await allOf(events.follow({ ...ended, dataset }, { signal }));
    expect(told).toEqual([{ type: 'dataset', dataset }, epochEvent(1), failed]);
    expect(await allOf(events.follow(ended, { signal, after: 1 }))).toEqual([failed]);
    expect(await allOf(events.follow(ended, { signal, after: 7 }))).toEqual([failed]);
  });

  it('tells an epoch only once, whether it was known, replayed or told before', async () => {
    const events = createJobEvents();
    const running: JobRecord = { ...record, state: 'running', history: [epochEvent(1).epoch] };
    const told = allOf(events.follow(running, { signal }));
    const later = allOf(events.follow(running, { signal, after: 3 }));
    await wait(1);
    for (const epoch of [1, 2, 2, 1, 3, 4]) events.publish(record.id, epochEvent(epoch));
    events.publish(record.id, { type: 'state', state: 'interrupted' });
    events.publish(record.id, failed);
    events.publish(record.id, { type: 'note', note: 'never told' });
    const ofStates = [{ type: 'state', state: 'interrupted' }, failed];
    const states: JobEvent[] = [{ type: 'state', state: 'running' }];
    expect(await told).toEqual([
      ...[1].map(epochEvent),
      ...states,
      ...[2, 3, 4].map(epochEvent),
      ...ofStates,
    ]);
    expect(await later).toEqual([...states, epochEvent(4), ...ofStates]);
  });

  it('tells what comes between the past and the first wait, and to everybody', async () => {
    const events = createJobEvents();
    const followers = [1, 2].map(() => events.follow(record, { signal }));
    for (const follower of followers)
      expect((await follower.next()).value).toEqual({ type: 'state', state: 'queued' });
    events.publish(record.id, { type: 'note', note: 'one' });
    events.publish('another job', { type: 'note', note: 'two' });
    events.publish(record.id, failed);
    for (const follower of followers)
      expect(await allOf(follower)).toEqual([{ type: 'note', note: 'one' }, failed]);
  });

  it('keeps of progress the newest only, between other events too', async () => {
    const events = createJobEvents();
    const follower = events.follow(record, { signal });
    await follower.next();
    for (const step of [1, 2]) events.publish(record.id, progress(step));
    events.publish(record.id, { type: 'note', note: 'between' });
    for (const step of [3, 4]) events.publish(record.id, progress(step));
    events.publish(record.id, failed);
    expect(await allOf(follower)).toEqual([
      progress(2),
      { type: 'note', note: 'between' },
      progress(4),
      failed,
    ]);
  });

  it('ends when all is closed, when its signal is raised, and leaves no listener on the signal', async () => {
    const events = createJobEvents();
    const leave = new AbortController();
    let listening = 0;
    const counted = {
      get aborted() {
        return leave.signal.aborted;
      },
      addEventListener: (type: 'abort', listener: () => void) => {
        listening += 1;
        leave.signal.addEventListener(type, listener);
      },
      removeEventListener: (type: 'abort', listener: () => void) => {
        if (type === 'abort') listening -= 1;
        leave.signal.removeEventListener(type, listener);
      },
    } as unknown as AbortSignal;
    const left = allOf(events.follow(record, { signal: counted }));
    const closed = allOf(events.follow(record, { signal }));
    await wait(1);
    expect(listening).toBe(1);
    leave.abort();
    expect(await left).toEqual([{ type: 'state', state: 'queued' }]);
    expect(listening).toBe(0);
    events.publish(record.id, { type: 'note', note: 'still heard' });
    events.close();
    expect(await closed).toEqual([
      { type: 'state', state: 'queued' },
      { type: 'note', note: 'still heard' },
    ]);
    expect(await allOf(events.follow(record, { signal: AbortSignal.abort() }))).toEqual([
      { type: 'state', state: 'queued' },
    ]);
  });
});

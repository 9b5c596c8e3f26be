import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/jobs/kinds.ts';
import { createJobLogs, logLineOfEnd } from '../../src/jobs/logs.ts';
import { hasEnded, newRecord, recordAfter, type JobEvent } from '../../src/jobs/record.ts';
import { farRequest } from './job-bench.ts';
import { epochEvent } from './puppet-trainer.ts';

const request = { model: 'bars', version: 1, dataset: farRequest.dataset, maxBadRows: 0 };
const record = newRecord('evaluate', { request, notes: [] }, new Date(0));

const dataset = {
  examples: 10,
  classes: ['a', 'b', 'c'],
  perClass: { a: 4, b: 3, c: 3 },
  parts: { training: 7, validation: 2, test: 1 },
  badRows: { count: 4, rows: [] },
  damaged: { count: 5, rows: [] },
  digest: 'd1',
};
type DatasetEvent = Extract<RunEvent, { type: 'dataset' }>;
const datasetEvent = (changes: object): DatasetEvent =>
  ({ type: 'dataset', dataset: { ...dataset, ...changes } }) as unknown as DatasetEvent;

/** Logs in memory, which say how often they were opened and settled. */
function logsInMemory() {
  const lines: string[] = [];
  const calls: string[] = [];
  const logs = createJobLogs((id) => {
    calls.push(`open ${id}`);
    return {
      write: (line) => void lines.push(line),
      read: async () => '',
      settled: async () => void calls.push(`settled ${id}`),
    };
  });
  return { logs, lines, calls };
}

const lineOf = (event: JobEvent): string | undefined => {
  const { logs, lines } = logsInMemory();
  logs.writeEvent(record, event);
  return lines[0];
};

describe('the line of an event', () => {
  it('of a dataset says what was read, what it is used for, and what is lost', () => {
    expect(lineOf(datasetEvent({}))).toBe(
      'dataset: 10 examples of 3 classes (7 to learn from, 2 to choose by, 1 to measure on), 4 bad rows, 5 damaged images, digest d1',
    );
  });

  it.each([
    [
      { training: 0, validation: 0, test: 10 },
      ' (0 to learn from, 0 to choose by, 10 to measure on)',
    ],
    [
      { training: 0, validation: 3, test: 3 },
      ' (0 to learn from, 3 to choose by, 3 to measure on)',
    ],
    [
      { training: 3, validation: 3, test: 0 },
      ' (3 to learn from, 3 to choose by, 0 to measure on)',
    ],
    [{ training: 0, validation: 0, test: 0 }, ''],
  ])('of a dataset of which %j is used', (parts, uses) => {
    expect(lineOf(datasetEvent({ parts, damaged: undefined }))).toBe(
      `dataset: 10 examples of 3 classes${uses}, 4 bad rows, digest d1`,
    );
  });

  it('of a net says where it goes on', () => {
    const net = { type: 'net', parameters: 12, stepsPerEpoch: 3 } as const;
    expect(lineOf({ ...net, history: [] })).toBe('net: 12 parameters, 3 steps an epoch');
    expect(lineOf({ ...net, history: [epochEvent(1).epoch] })).toBe(
      'net: 12 parameters, 3 steps an epoch, going on after epoch 1',
    );
  });

  it('of an epoch has the figures it has', () => {
    const { epoch } = epochEvent(2);
    const line = 'epoch 2: loss 0.5000, accuracy 0.5000';
    const validated = { ...epoch, validationLoss: 0.25, validationAccuracy: 0.75 };
    expect(lineOf({ type: 'epoch', epoch })).toBe(`${line}, 0.10 s`);
    expect(lineOf({ type: 'epoch', epoch: validated })).toBe(
      `${line}, validation loss 0.2500, validation accuracy 0.7500, 0.10 s`,
    );
    for (const missing of ['validationLoss', 'validationAccuracy'])
      expect(lineOf({ type: 'epoch', epoch: { ...validated, [missing]: undefined } })).toBe(
        `${line}, 0.10 s`,
      );
  });

  it('of a checkpoint says where it is, and of progress there is none', () => {
    const place = { epoch: 2, step: 3 };
    expect(lineOf({ type: 'checkpoint', ...place })).toBe('checkpoint: epoch 2, step 3');
    expect(lineOf({ type: 'progress', ...place, steps: 9 })).toBeUndefined();
  });

  it('of the end of an attempt says why', () => {
    const error = { code: 'GLIMPSE_DATASET_EMPTY', message: 'nothing' };
    expect(logLineOfEnd(1, { type: 'died', reason: 'SIGKILL' })).toBe(
      'attempt 1 ended: died: SIGKILL',
    );
    expect(logLineOfEnd(2, { type: 'failed', error })).toBe(
      'attempt 2 ended: failed: GLIMPSE_DATASET_EMPTY',
    );
    expect(logLineOfEnd(3, { type: 'cancelled' })).toBe('attempt 3 ended: cancelled');
  });
});

describe('the logs of jobs', () => {
  it('are opened once each, and settled before they are forgotten', async () => {
    const { logs, calls } = logsInMemory();
    logs.of('a').write('one');
    logs.of('a').write('two');
    logs.of('b').write('three');
    await logs.settled();
    await logs.forget('a');
    await logs.forget('never opened');
    await logs.settled();
    logs.of('a');
    expect(calls).toEqual([
      'open a',
      'open b',
      'settled a',
      'settled b',
      'settled a',
      'settled b',
      'open a',
    ]);
  });
});

describe('a record', () => {
  it('keeps what its run read, and nothing of progress and checkpoints', () => {
    const read = datasetEvent({});
    expect(recordAfter(record, read).dataset).toBe(read.dataset);
    expect(recordAfter(record, { type: 'progress', epoch: 1, step: 1, steps: 2 })).toBe(record);
    expect(recordAfter(record, { type: 'checkpoint', epoch: 1, step: 1 })).toBe(record);
  });

  it('has the size of its net, and the epochs from which the run goes on', () => {
    const history = [epochEvent(1).epoch];
    const net = { parameters: 12, stepsPerEpoch: 3 };
    expect(recordAfter(record, { type: 'net', ...net, history })).toEqual({
      ...record,
      net,
      history,
    });
  });

  it('has ended in three of its states', () => {
    const states = [
      'queued',
      'running',
      'succeeded',
      'failed',
      'cancelled',
      'interrupted',
    ] as const;
    expect(states.filter((state) => hasEnded({ state }))).toEqual([
      'succeeded',
      'failed',
      'cancelled',
    ]);
  });

  it('begins with what was noted when its request was accepted', () => {
    const notes = ['the dataset was found'];
    const begun = newRecord('evaluate', { request, notes }, new Date(0));
    expect(begun.notes).toEqual(['the dataset was found']);
    expect(begun.notes).not.toBe(notes);
  });

  it('has every note once', () => {
    const note = { type: 'note', note: 'look here' } as const;
    const once = recordAfter(record, note);
    expect(recordAfter(once, note).notes).toEqual(['look here']);
  });
});

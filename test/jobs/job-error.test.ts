import { describe, expect, it, vi } from 'vitest';
import { errors, withDetails } from '../../src/errors.ts';
import { jobErrorOf, responseErrorOf } from '../../src/jobs/job-error.ts';
import { farRequest, jobBench } from './job-bench.ts';

const noSpace = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });

describe('the error of a job', () => {
  it('is one record: at the end of the run, in the job, in its log and in its event', async () => {
    const { open, events } = await jobBench();
    const { queue, trainer } = await open();
    const { job } = await queue.submit('train', farRequest);
    const error = jobErrorOf(withDetails(new errors.GLIMPSE_DATASET_EMPTY(), { rows: 0 }));
    (await trainer.next()).end({ type: 'failed', error });
    await vi.waitFor(() => expect(queue.get(job.id).state).toBe('failed'));
    expect(queue.get(job.id).error).toBe(error);
    expect(events.at(-1)).toEqual([job.id, { type: 'state', state: 'failed', error }]);
    expect(await queue.logs(job.id)).toContain(`state: failed: ${error.code} ${error.message}\n`);
    expect(responseErrorOf(error, job.id)).toMatchObject({
      ...error,
      statusCode: 422,
      details: { rows: 0, job: job.id },
    });
  });

  it.each([
    ['a full disk', noSpace],
    ['what a full disk broke', new Error('not written', { cause: noSpace })],
    [
      'a store on a full disk',
      withDetails(new errors.GLIMPSE_STORE_UNAVAILABLE('x', 'y'), {}, noSpace),
    ],
  ])('is GLIMPSE_DISK_FULL for %s', (_, error) => {
    expect(jobErrorOf(error).code).toBe('GLIMPSE_DISK_FULL');
  });

  it('names a full disk once', () => {
    const explained = withDetails(new errors.GLIMPSE_DISK_FULL('ENOSPC'), {}, noSpace);
    expect(jobErrorOf(explained)).toEqual({
      code: 'GLIMPSE_DISK_FULL',
      message: 'There is no space left on the disk: ENOSPC',
      details: {},
    });
  });

  it('is a fault of ours when nobody raised it on purpose, or when its code is not known any more', () => {
    expect(jobErrorOf(new TypeError('x is not a function'))).toMatchObject({
      code: 'GLIMPSE_INTERNAL',
      details: { reason: 'x is not a function' },
    });
    expect(responseErrorOf({ code: 'GLIMPSE_OLD', message: 'as it was' }, 'a1')).toMatchObject({
      code: 'GLIMPSE_INTERNAL',
      statusCode: 500,
      details: { reason: 'as it was', job: 'a1' },
    });
  });
});

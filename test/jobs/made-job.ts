import { randomBytes } from 'node:crypto';
import type { JobRecord } from '../../src/jobs/record.ts';
import type { StoredJob } from '../../src/jobs/stored-job.ts';
import { resolveTrainRequest } from '../../src/training/resolve-request.ts';

const dataset = { uri: 's3://bucket/bars.csv' };
const decided = { defaultModel: 'bars', hasMnist: false, hasUploads: false };
const requests = {
  train: resolveTrainRequest({ model: 'bars', dataset }, decided),
  evaluate: { model: 'bars', version: 1, dataset, maxBadRows: 0 },
};

/** A job that was just accepted, as it lies at rest. */
export function storedJob(kind: keyof typeof requests, record: Partial<JobRecord> = {}): StoredJob {
  return {
    record: {
      id: randomBytes(8).toString('hex'),
      kind,
      state: 'queued',
      request: requests[kind],
      createdAt: new Date().toISOString(),
      attempts: 0,
      history: [],
      notes: [],
      ...record,
    },
    uploads: [],
  };
}

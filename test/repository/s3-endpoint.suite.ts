import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ArtifactStore } from '../../src/repository/stores/artifact-store.ts';
import { examineStore } from '../../src/repository/doctor.ts';
import { openStore } from '../../src/repository/stores/open-store.ts';
import { s3OptionsFor } from '../support/s3-options.ts';
import { describeRepository } from './repository-contract.ts';
import { describeStore } from './store-contract.ts';

/** Everything this run writes lies under one prefix, and is removed again. */
const endpoint = process.env['TEST_S3_ENDPOINT'] ?? '';
const bucket = process.env['TEST_S3_BUCKET'] ?? 'glimpse-test';
const prefix = `glimpse-test-${randomUUID()}`;

function openAt(place: string, checksums: 'always' | 'required'): ArtifactStore {
  const region = process.env['AWS_REGION'] ?? '';
  const options = s3OptionsFor(endpoint, { region, checksums, requestTimeoutMs: 30_000 });
  return openStore(`s3://${bucket}/${place}`, options);
}

const open = (checksums: 'always' | 'required') => async () =>
  openAt(`${prefix}/${randomUUID()}`, checksums);

beforeAll(async () => {
  const region = process.env['AWS_REGION'] ?? 'us-east-1';
  const place = endpoint === '' ? {} : { endpoint, forcePathStyle: true };
  const client = new S3Client({ ...place, region });
  const Bucket = bucket;
  await client
    .send(new HeadBucketCommand({ Bucket }))
    .catch(() => client.send(new CreateBucketCommand({ Bucket })));
  client.destroy();
});

afterAll(async () => {
  const store = openAt(prefix, 'required');
  const keys = (await store.list('')).map(({ key }) => key);
  for (let start = 0; start < keys.length; start += 20) {
    await Promise.all(keys.slice(start, start + 20).map((key) => store.remove(key)));
  }
  expect(await store.list('')).toEqual([]);
  await store.close();
});

describeStore(`${endpoint || 'AWS'}, with checksums`, open('always'));
describeStore(`${endpoint || 'AWS'}, without checksums`, open('required'), { manyKeys: 20 });
describeRepository(endpoint || 'AWS', open('always'));

describe(endpoint || 'AWS', () => {
  it('is found healthy by the doctor', async () => {
    const store = await open('always')();
    const checks = await examineStore(store);
    expect(checks.filter(({ state }) => state === 'failed')).toEqual([]);
    await store.close();
  });
});

import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  HeadBucketCommand,
  PutBucketNotificationConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ArtifactStore } from '../../src/repository/stores/artifact-store.ts';
import { examineStore } from '../../src/repository/doctor.ts';
import { openStore } from '../../src/repository/stores/open-store.ts';
import { followStoreEvents } from '../../src/repository/stores/s3/store-events.ts';
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

// Who has both in one server says so: moto does.
describe.skipIf(process.env['TEST_S3_HAS_SQS'] === undefined)('a queue of events', () => {
  it('tells of a version that was published, and of nothing else', async () => {
    const region = process.env['AWS_REGION'] ?? 'us-east-1';
    const queueName = `events-${randomUUID()}`;
    const created = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'AmazonSQS.CreateQueue',
        authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/sqs/aws4_request, SignedHeaders=host, Signature=0`,
      },
      body: JSON.stringify({ QueueName: queueName }),
    });
    const { QueueUrl } = (await created.json()) as { QueueUrl: string };
    const client = new S3Client({ endpoint, forcePathStyle: true, region });
    await client.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: bucket,
        NotificationConfiguration: {
          QueueConfigurations: [
            {
              QueueArn: `arn:aws:sqs:${region}:123456789012:${queueName}`,
              Events: ['s3:ObjectCreated:*'],
            },
          ],
        },
      }),
    );
    client.destroy();
    const place = `${prefix}/events`;
    const changes: string[] = [];
    const problems: string[] = [];
    const following = followStoreEvents({
      ...s3OptionsFor(endpoint, { region }),
      queue: `${endpoint}${new URL(QueueUrl).pathname}`,
      bucket,
      prefix: place,
      onChange: async () => void changes.push('changed'),
      onProblem: (problem) => problems.push(problem),
    });
    const store = openAt(place, 'required');
    const elsewhere = openAt(`${place}-elsewhere`, 'required');
    await elsewhere.write('digits/labels.json', Buffer.from('{}'));
    await store.write('digits/1/model.onnx', Buffer.from('x'));
    await store.write('digits/1/manifest.json', Buffer.from('{}'));
    await vi.waitFor(() => expect(changes.length).toBeGreaterThan(0), { timeout: 20_000 });
    await following.stop();
    expect(problems).toEqual([]);
    await store.close();
    await elsewhere.close();
  });
});

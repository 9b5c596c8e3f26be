import { afterAll, beforeAll, beforeEach } from 'vitest';
import { openStore } from '../../src/repository/stores/open-store.ts';
import { s3OptionsFor, signInTo } from '../support/s3-options.ts';
import { startS3Server, type S3Server } from '../support/s3-server.ts';
import { describeStore } from './store-contract.ts';

let s3: S3Server;
beforeAll(async () => {
  s3 = await startS3Server();
  s3.account.pageSize = 40;
  signInTo(s3);
});
afterAll(() => s3.close());
beforeEach(() => s3.objects.clear());

const open = async (place: string, checksums: 'always' | 'required') =>
  openStore(`s3://${s3.bucket}${place}`, s3OptionsFor(s3.endpoint, { checksums }));

const manyKeys = 130;
describeStore('the S3 store, with checksums', () => open('/some/where', 'always'), { manyKeys });
describeStore('the S3 store, without, in the root of a bucket', () => open('', 'required'), {
  manyKeys,
});

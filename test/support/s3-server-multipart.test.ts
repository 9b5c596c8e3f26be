import * as sdk from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startS3Server, type S3Server } from './s3-server.ts';

let s3: S3Server;
let client: sdk.S3Client;
beforeAll(async () => {
  s3 = await startS3Server();
  const { endpoint, region, credentials } = s3;
  client = new sdk.S3Client({
    endpoint,
    region,
    credentials,
    forcePathStyle: true,
    maxAttempts: 1,
  });
});
afterAll(async () => {
  client.destroy();
  await s3.close();
});
beforeEach(() => s3.objects.clear());

const where = () => ({ Bucket: s3.bucket, Key: 'k' });
const whole = Buffer.alloc(5 * 1024 * 1024, 'a');
const rest = Buffer.from('the rest');

async function begin(): Promise<string> {
  const { UploadId } = await client.send(
    new sdk.CreateMultipartUploadCommand({ ...where(), ChecksumAlgorithm: 'CRC32' }),
  );
  return UploadId!;
}

async function part(
  UploadId: string,
  PartNumber: number,
  Body: Buffer,
): Promise<sdk.CompletedPart> {
  const command = new sdk.UploadPartCommand({ ...where(), UploadId, PartNumber, Body });
  const { ETag, ChecksumCRC32 } = await client.send(command);
  return { PartNumber, ETag, ChecksumCRC32 };
}

function complete(
  UploadId: string,
  Parts: sdk.CompletedPart[],
  extra: Partial<sdk.CompleteMultipartUploadCommandInput> = {},
) {
  const MultipartUpload = { Parts };
  const input = { ...where(), UploadId, MultipartUpload, ...extra };
  return client.send(new sdk.CompleteMultipartUploadCommand(input));
}

describe('uploads in parts to the S3 server for tests', () => {
  it('become one object when they are completed, and nothing before', async () => {
    const id = await begin();
    const parts = [await part(id, 1, whole), await part(id, 2, rest)];
    expect(s3.objects.size).toBe(0);
    const { ETag } = await complete(id, parts);
    expect(ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
    expect(s3.objects.get('k')?.body.equals(Buffer.concat([whole, rest]))).toBe(true);
    await expect(complete(id, parts)).rejects.toMatchObject({ name: 'NoSuchUpload' });
  });

  it('are refused with parts too small, in disorder, altered or unknown', async () => {
    const id = await begin();
    const [one, two] = [await part(id, 1, rest), await part(id, 2, rest)];
    await expect(complete(id, [one, two])).rejects.toMatchObject({ name: 'EntityTooSmall' });
    await expect(complete(id, [two, one])).rejects.toMatchObject({ name: 'InvalidPartOrder' });
    await expect(complete(id, [{ ...one, ETag: '"x"' }])).rejects.toMatchObject({
      name: 'InvalidPart',
    });
    await expect(complete(id, [{ ...one, PartNumber: 7 }])).rejects.toMatchObject({
      name: 'InvalidPart',
    });
    await expect(part(id, 10_001, rest)).rejects.toMatchObject({ name: 'InvalidArgument' });
    await expect(part('unknown', 1, rest)).rejects.toMatchObject({ name: 'NoSuchUpload' });
    expect(s3.objects.size).toBe(0);
  });

  it('are refused when the checksum of a part is left out that was announced', async () => {
    const id = await begin();
    const { PartNumber, ETag } = await part(id, 1, rest);
    await expect(complete(id, [{ PartNumber, ETag }])).rejects.toMatchObject({
      name: 'InvalidRequest',
    });
  });

  it('keep the condition of their completion', async () => {
    const [one, other] = [await begin(), await begin()];
    const parts = [await part(one, 1, rest)];
    const { ETag } = await complete(one, parts, { IfNoneMatch: '*' });
    const others = [await part(other, 1, rest)];
    await expect(complete(other, others, { IfNoneMatch: '*' })).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
    expect(await complete(other, others, { IfMatch: ETag })).toHaveProperty('ETag');
  });

  it('are gone when they are aborted', async () => {
    const id = await begin();
    const abort = () =>
      client.send(new sdk.AbortMultipartUploadCommand({ ...where(), UploadId: id }));
    await abort();
    await expect(abort()).rejects.toMatchObject({ name: 'NoSuchUpload' });
    await expect(part(id, 1, rest)).rejects.toMatchObject({ name: 'NoSuchUpload' });
  });
});

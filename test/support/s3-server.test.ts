import { Readable } from 'node:stream';
import * as sdk from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chunkSignature, verifySignature } from './s3/signature.ts';
import { startS3Server, type S3Server } from './s3-server.ts';

let s3: S3Server;
let clients: sdk.S3Client[] = [];
beforeAll(async () => {
  s3 = await startS3Server();
});
afterAll(() => s3.close());
beforeEach(() => s3.objects.clear());
afterEach(() => {
  for (const client of clients) client.destroy();
  clients = [];
});

interface Wire {
  headers: Record<string, string>;
  query: Record<string, string>;
  path: string;
  body: unknown;
}

/** The SDK's own client; `tamper` changes what goes out, before or after it is signed. */
function connect(
  options: {
    secret?: string;
    id?: string;
    before?: (wire: Wire) => void;
    after?: (wire: Wire) => void;
  } = {},
): sdk.S3Client {
  const client = new sdk.S3Client({
    endpoint: s3.endpoint,
    region: s3.region,
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: {
      accessKeyId: options.id ?? s3.credentials.accessKeyId,
      secretAccessKey: options.secret ?? s3.credentials.secretAccessKey,
    },
  });
  clients.push(client);
  const tamperWith = (
    tamper: ((wire: Wire) => void) | undefined,
    step: 'build' | 'finalizeRequest',
  ) =>
    client.middlewareStack.add(
      (next) => (args) => {
        tamper?.((args as unknown as { request: Wire }).request);
        return next(args);
      },
      { step, priority: 'low', name: `tamper ${step}` } as never,
    );
  tamperWith(options.before, 'build');
  tamperWith(options.after, 'finalizeRequest');
  return client;
}

const at = (Key: string) => ({ Bucket: s3.bucket, Key });
const put = (client: sdk.S3Client, extra: Partial<sdk.PutObjectCommandInput> = {}) =>
  client.send(new sdk.PutObjectCommand({ ...at('k'), Body: 'some bytes', ...extra }));
const get = (extra: Partial<sdk.GetObjectCommandInput> = {}) =>
  connect().send(new sdk.GetObjectCommand({ ...at('k'), ...extra }));
const refusal = (status: number, name?: string) =>
  expect.objectContaining({
    ...(name === undefined ? {} : { name }),
    $metadata: expect.objectContaining({ httpStatusCode: status }),
  });

const list = (input: Partial<sdk.ListObjectsV2CommandInput>) =>
  connect().send(new sdk.ListObjectsV2Command({ Bucket: s3.bucket, ...input }));
const names = ({ Contents = [], CommonPrefixes = [] }: sdk.ListObjectsV2CommandOutput) => [
  ...Contents.map(({ Key }) => Key),
  ...CommonPrefixes.map(({ Prefix }) => Prefix),
];

function withoutChecksums({ headers }: Wire): void {
  for (const name of Object.keys(headers)) {
    if (/checksum|content-md5/i.test(name)) delete headers[name];
  }
}

describe('the S3 server for tests', () => {
  it('refuses who signs with another secret, under another name, or not at all', async () => {
    await expect(put(connect({ secret: 'wrong' }))).rejects.toEqual(
      refusal(403, 'SignatureDoesNotMatch'),
    );
    await expect(put(connect({ id: 'AKNOBODY' }))).rejects.toEqual(
      refusal(403, 'InvalidAccessKeyId'),
    );
    expect((await fetch(`${s3.endpoint}/${s3.bucket}/k`)).status).toBe(403);
    expect(s3.objects.size).toBe(0);
  });

  it('refuses what was changed after it was signed', async () => {
    const changes: [(wire: Wire) => void, string][] = [
      [(wire) => (wire.headers['x-amz-content-sha256'] = '0'.repeat(64)), 'SignatureDoesNotMatch'],
      [(wire) => (wire.path += '2'), 'SignatureDoesNotMatch'],
      [(wire) => (wire.headers['x-amz-meta-more'] = 'x'), 'AccessDenied'],
      [(wire) => (wire.body = 'some bites'), 'XAmzContentSHA256Mismatch'],
    ];
    for (const [after, name] of changes) {
      await expect(put(connect({ after }))).rejects.toMatchObject({ name });
    }
    expect(s3.objects.size).toBe(0);
  });

  it.each(['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const)(
    'takes a body with a right %s, keeps it, and refuses one with a wrong one',
    async (ChecksumAlgorithm) => {
      await put(connect(), { ChecksumAlgorithm });
      const field = `Checksum${ChecksumAlgorithm}` as const;
      const found = await get({ ChecksumMode: 'ENABLED' });
      expect(found[field]).toBeTypeOf('string');
      const wrong = `${found[field]!.startsWith('A') ? 'B' : 'A'}${found[field]!.slice(1)}`;
      await expect(put(connect(), { [field]: wrong })).rejects.toEqual(refusal(400, 'BadDigest'));
    },
  );

  it('refuses a wrong Content-MD5', async () => {
    const ContentMD5 = Buffer.alloc(16).toString('base64');
    await expect(put(connect(), { ContentMD5 })).rejects.toEqual(refusal(400, 'BadDigest'));
    await expect(put(connect(), { ContentMD5: 'x' })).rejects.toEqual(
      refusal(400, 'InvalidDigest'),
    );
  });

  it('takes the framing off a streamed body, and verifies its trailer', async () => {
    const body = Buffer.alloc(300_001, 'x');
    const stream = () => ({ Body: Readable.from([body.subarray(0, 9), body.subarray(9)]) });
    await put(connect(), { ...stream(), ContentLength: body.length });
    expect(s3.objects.get('k')?.body.equals(body)).toBe(true);
    expect(s3.log.at(-1)?.headers['content-encoding']).toBe('aws-chunked');
    const short = put(connect(), { ...stream(), ContentLength: body.length + 1 });
    await expect(short).rejects.toEqual(refusal(400, 'IncompleteBody'));
  });

  it('signs like Amazon’s published example of a signed chunked upload', () => {
    const headers = {
      host: 's3.amazonaws.com',
      'x-amz-date': '20130524T000000Z',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
      'content-encoding': 'aws-chunked',
      'x-amz-decoded-content-length': '66560',
      'content-length': '66824',
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class,Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
    };
    const credentials = {
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    };
    const signed = verifySignature(
      { method: 'PUT', rawPath: '/examplebucket/chunkObject.txt', rawQuery: '', headers },
      credentials,
      'us-east-1',
      Date.parse('2013-05-24T00:00:00Z'),
    );
    const first = chunkSignature(signed, signed.signature, Buffer.alloc(65_536, 'a'));
    const second = chunkSignature(signed, first, Buffer.alloc(1_024, 'a'));
    const last = chunkSignature(signed, second, Buffer.alloc(0));
    expect([first, second, last]).toEqual([
      'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
      '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
      'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
    ]);
  });

  it('answers 501 to a header, a parameter or a call it does not know', async () => {
    const strange: ((wire: Wire) => void)[] = [
      (wire) => (wire.headers['x-amz-acl'] = 'private'),
      (wire) => (wire.headers['if-unmodified-since'] = new Date().toUTCString()),
      (wire) => (wire.query['versionId'] = '1'),
    ];
    for (const before of strange) {
      await expect(put(connect({ before }))).rejects.toEqual(refusal(501, 'NotImplemented'));
    }
    const { Bucket } = at('k');
    const client = connect();
    await expect(client.send(new sdk.ListObjectsCommand({ Bucket }))).rejects.toEqual(refusal(501));
    await expect(client.send(new sdk.GetBucketAclCommand({ Bucket }))).rejects.toEqual(
      refusal(501),
    );
    await expect(put(client, { IfNoneMatch: '"etag"' })).rejects.toEqual(refusal(501));
    await expect(put(client, { IfNoneMatch: '*', IfMatch: '"x"' })).rejects.toEqual(refusal(501));
  });

  it('refuses a clock that is more than a quarter of an hour off', async () => {
    const late = await startS3Server({ skewMs: 16 * 60_000 });
    const { endpoint, credentials } = late;
    const client = new sdk.S3Client({
      endpoint,
      credentials,
      region: 'us-east-1',
      forcePathStyle: true,
    });
    await client.send(new sdk.ListObjectsV2Command({ Bucket: late.bucket }));
    expect(late.log.map(({ status }) => status)).toEqual([403, 200]);
    client.destroy();
    await late.close();
  });

  it('keeps the conditions of reads and writes', async () => {
    const { ETag } = await put(connect(), { IfNoneMatch: '*' });
    await expect(put(connect(), { IfNoneMatch: '*' })).rejects.toEqual(refusal(412));
    await expect(put(connect(), { IfMatch: '"other"' })).rejects.toEqual(refusal(412));
    await expect(put(connect(), { Key: 'none', IfMatch: ETag! })).rejects.toEqual(
      refusal(404, 'NoSuchKey'),
    );
    await expect(get({ IfNoneMatch: ETag! })).rejects.toEqual(refusal(304));
    await expect(get({ IfMatch: '"other"' })).rejects.toEqual(refusal(412));
    expect(await put(connect(), { IfMatch: ETag!, Body: 'x' })).toHaveProperty('ETag');
  });

  it('gives parts of an object, and refuses parts that are not there', async () => {
    await put(connect(), { Body: '0123456789' });
    const part = async (Range: string) => (await get({ Range })).Body?.transformToString();
    expect(await part('bytes=2-4')).toBe('234');
    expect(await part('bytes=7-')).toBe('789');
    expect(await part('bytes=-2')).toBe('89');
    expect((await get({ Range: 'bytes=8-99' })).ContentRange).toBe('bytes 8-9/10');
    await expect(get({ Range: 'bytes=10-' })).rejects.toEqual(refusal(416));
    await expect(get({ Range: 'bytes=1-2,4-5' })).rejects.toEqual(refusal(501));
  });

  it('says nothing but a status when a HEAD fails', async () => {
    const head = new sdk.HeadObjectCommand(at('none'));
    await expect(connect().send(head)).rejects.toEqual(refusal(404, 'NotFound'));
    await put(connect());
    expect(await connect().send(new sdk.HeadObjectCommand(at('k')))).toMatchObject({
      ContentLength: 10,
    });
  });

  it('lists names in byte order, page by page, and refuses a token it did not give', async () => {
    for (const Key of ['a/1', 'a/2/x', 'a/2/y', 'a/é', 'b', 'B']) await put(connect(), { Key });
    expect(names(await list({}))).toEqual(['B', 'a/1', 'a/2/x', 'a/2/y', 'a/é', 'b']);
    expect(names(await list({ Prefix: 'a/', Delimiter: '/' }))).toEqual(['a/1', 'a/é', 'a/2/']);
    expect(names(await list({ StartAfter: 'a/2/y' }))).toEqual(['a/é', 'b']);
    const page = await list({ Prefix: 'a/', Delimiter: '/', MaxKeys: 2 });
    expect(page).toMatchObject({ IsTruncated: true, KeyCount: 2 });
    const rest = { Prefix: 'a/', Delimiter: '/', ContinuationToken: page.NextContinuationToken! };
    expect(names(await list(rest))).toEqual(['a/é']);
    await expect(list({ ContinuationToken: 'a/1' })).rejects.toEqual(
      refusal(400, 'InvalidArgument'),
    );
  });

  it('deletes one object or many, the many only with a checksum', async () => {
    for (const Key of ['a', 'b & <c>', 'd']) await put(connect(), { Key });
    await connect().send(new sdk.DeleteObjectCommand(at('d')));
    const Delete = { Objects: [{ Key: 'a' }, { Key: 'b & <c>' }, { Key: 'never' }] };
    const command = () => new sdk.DeleteObjectsCommand({ Bucket: s3.bucket, Delete });
    await expect(connect({ before: withoutChecksums }).send(command())).rejects.toEqual(
      refusal(400, 'InvalidRequest'),
    );
    expect((await connect().send(command())).Deleted).toHaveLength(3);
    expect(s3.objects.size).toBe(0);
  });
});

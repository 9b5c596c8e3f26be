import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { errors, isGlimpseError } from '../../src/errors.ts';
import { openStore } from '../../src/repository/stores/open-store.ts';
import type { S3Options } from '../../src/repository/stores/s3/s3-client.ts';
import { s3OptionsFor, signInTo } from '../support/s3-options.ts';
import { startS3Server, type S3Server } from '../support/s3-server.ts';

const unavailable = { code: 'GLIMPSE_STORE_UNAVAILABLE', statusCode: 503 };

async function messageOf(failing: Promise<unknown>): Promise<string> {
  const error: unknown = await failing.catch((error: unknown) => error);
  if (!isGlimpseError(error)) throw new Error('it should have failed with one of our errors');
  expect(error).toMatchObject(unavailable);
  return error.message;
}

describe('the S3 store, set up wrongly', () => {
  let s3: S3Server;
  beforeAll(async () => {
    s3 = await startS3Server({ sessionToken: 'a-session-token' });
  });
  afterAll(() => s3.close());
  beforeEach(() => {
    signInTo(s3);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    Object.assign(s3.account, { mayList: true, mayWrite: true, mayDelete: true });
    s3.account.conditions = 'enforced';
    s3.objects.clear();
  });
  afterEach(() => vi.unstubAllEnvs());

  const open = (changes: Partial<S3Options> = {}, bucket = s3.bucket) =>
    openStore(`s3://${bucket}/models`, s3OptionsFor(s3.endpoint, changes));

  it('works with temporary credentials', async () => {
    await open().write('k', Buffer.from('x'));
    expect(await open().read('k')).toBeTypeOf('object');
  });

  it('says that s3:ListBucket is missing when a missing key is answered with 403', async () => {
    s3.account.mayList = false;
    expect(await messageOf(open().read('digits/labels.json'))).toContain('s3:ListBucket');
    expect(await messageOf(open().folders(''))).toContain('s3:ListBucket');
    await open().write('k', Buffer.from('x'));
    expect(await open().read('k')).toBeTypeOf('object');
  });

  it('says which right is missing for a write or a removal', async () => {
    Object.assign(s3.account, { mayWrite: false, mayDelete: false });
    expect(await messageOf(open().write('k', Buffer.from('x')))).toContain('s3:PutObject');
    expect(await messageOf(open().enforcesConditions())).toContain('s3:PutObject');
    expect(await messageOf(open().remove('k'))).toContain('s3:DeleteObject');
  });

  it('says that the secret is wrong, and does not show it', async () => {
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'not-the-secret');
    const message = await messageOf(open().folders(''));
    expect(message).toContain('SignatureDoesNotMatch');
    expect(message).not.toContain('not-the-secret');
  });

  it('says that there are no credentials', async () => {
    for (const name of Object.keys(s3.env)) vi.stubEnv(name, undefined);
    vi.stubEnv('HOME', '/nonexistent');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent');
    vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent');
    expect(await messageOf(open().folders(''))).toContain('no AWS credentials were found');
  });

  it('says that the bucket does not exist, also where a missing key would be no error', async () => {
    expect(await messageOf(open({}, 'another-bucket').read('k'))).toContain('no such bucket');
    expect(await messageOf(open({}, 'another-bucket').remove('k'))).toContain('no such bucket');
    const condition = { etag: 'abc' };
    const write = open({}, 'another-bucket').write('k', Buffer.from('x'), { condition });
    expect(await messageOf(write)).toContain('no such bucket');
  });

  it('says that a region is needed when there is neither one nor an endpoint', async () => {
    for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION']) vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent');
    const store = openStore('s3://models', s3OptionsFor('', { region: '' }));
    expect(await messageOf(store.folders(''))).toContain('GLIMPSE_S3_REGION');
  });

  it('names the setting and the region that S3 itself gave, wherever it says so', async () => {
    const elsewhere = await startS3Server({ region: 'eu-west-1' });
    signInTo(elsewhere);
    vi.stubEnv('AWS_SESSION_TOKEN', undefined);
    const wrong = openStore('s3://models', s3OptionsFor(elsewhere.endpoint));
    const told =
      'the bucket is in eu-west-1, and not in us-east-1; set GLIMPSE_S3_REGION=eu-west-1';
    expect(await messageOf(wrong.folders(''))).toContain(told);
    const moved = { kind: 'refuse', status: 301, code: 'PermanentRedirect' } as const;
    const headers = { 'x-amz-bucket-region': 'eu-west-1' };
    elsewhere.fault({ effect: { ...moved, headers } });
    expect(await messageOf(wrong.read('k'))).toContain(told);
    elsewhere.fault({ effect: moved });
    expect(await messageOf(wrong.read('k'))).toContain(
      'the bucket is in another region than us-east-1; set GLIMPSE_S3_REGION',
    );
    await elsewhere.close();
  });

  it.each(['localhost:9000', 'store.example', 'ftp://store', 'http://', '//store'])(
    'says that an endpoint is no address: %s',
    async (endpoint) => {
      expect(await messageOf(open({ endpoint }).folders(''))).toContain(
        `GLIMPSE_S3_ENDPOINT=${endpoint} is no address: it begins with http:// or https://`,
      );
    },
  );

  it.each([200, 404])('takes no page for an answer of S3 (%i)', async (status) => {
    const store = open({ maxAttempts: 1 });
    for (const call of [() => store.folders(''), () => store.read('k'), () => store.list('')]) {
      s3.fault({ effect: { kind: 'page', status } });
      const message = await messageOf(call());
      expect(message).toContain(`GLIMPSE_S3_ENDPOINT=${s3.endpoint} answers with a page`);
    }
    const condition = 'absent';
    s3.fault({ effect: { kind: 'page', status } });
    const write = store.write('k', Buffer.from('x'), { condition });
    expect(await messageOf(write)).toContain('answers with a page');
    s3.fault({ effect: { kind: 'page', status: 204, body: '' } });
    await store.remove('k');
    s3.fault({ effect: { kind: 'page', status: 503 }, times: 2 });
    expect(await open({ maxAttempts: 3 }).folders('')).toEqual([]);
  });

  it.each([
    ['ExpiredToken', 400, 'the credentials have expired'],
    ['InvalidToken', 400, 'AWS_SESSION_TOKEN'],
    ['InvalidAccessKeyId', 403, 'AWS_ACCESS_KEY_ID'],
    ['RequestTimeTooSkewed', 403, 'set the clock'],
    ['NoSuchBucket', 404, 'there is no such bucket'],
    ['AccessDenied', 403, 's3:GetObject'],
  ])('says what %s means', async (code, status, told) => {
    s3.fault({ effect: { kind: 'refuse', status, code }, times: 20 });
    expect(await messageOf(open().read('k'))).toContain(told);
    s3.clearFaults();
  });

  it('goes on with the credentials that were put in place of those it had', async () => {
    const rotating = await startS3Server();
    const folder = await mkdtemp(join(tmpdir(), 'glimpse-credentials-'));
    const file = join(folder, 'credentials');
    const save = ({ accessKeyId, secretAccessKey }: S3Server['credentials']) =>
      writeFile(
        file,
        `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
      );
    for (const name of Object.keys(s3.env)) vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', file);
    vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent');
    await save(rotating.credentials);
    const store = openStore('s3://models', s3OptionsFor(rotating.endpoint));
    await store.write('k', Buffer.from('x'));
    const next = rotating.rotate();
    expect(await messageOf(store.read('k'))).toContain('AWS_ACCESS_KEY_ID');
    await save(next);
    const reads = Array.from({ length: 8 }, () => store.read('k'));
    for (const found of await Promise.all(reads)) expect(found).toBeTypeOf('object');
    rotating.log.length = 0;
    expect(await store.read('k')).toBeTypeOf('object');
    expect(rotating.log).toHaveLength(1);
    await store.close();
    await rotating.close();
    await rm(folder, { recursive: true });
  });

  it('takes the region of the AWS settings, and us-east-1 for a bare endpoint', async () => {
    const elsewhere = await startS3Server({ region: 'eu-north-1' });
    signInTo(elsewhere);
    vi.stubEnv('AWS_SESSION_TOKEN', undefined);
    vi.stubEnv('AWS_REGION', 'eu-north-1');
    const there = openStore('s3://models', s3OptionsFor(elsewhere.endpoint, { region: '' }));
    expect(await there.folders('')).toEqual([]);
    await elsewhere.close();
    signInTo(s3);
    vi.stubEnv('AWS_REGION', undefined);
    vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent');
    expect(await open({ region: '' }).folders('')).toEqual([]);
  });

  it('finds out that a server ignores conditions, or does not know them', async () => {
    s3.account.conditions = 'ignored';
    expect(await open().enforcesConditions()).toBe(false);
    s3.account.conditions = 'unknown';
    expect(await open().enforcesConditions()).toBe(false);
    s3.account.conditions = 'enforced';
    expect(await open().enforcesConditions()).toBe(true);
  });

  it('lets eight probes at once agree', async () => {
    const probes = Array.from({ length: 8 }, () => open().enforcesConditions());
    expect(await Promise.all(probes)).toEqual(probes.map(() => true));
  });

  it('works with a clock that is an hour off, and tells by how much', async () => {
    const ahead = await startS3Server({ skewMs: 3_600_000 });
    signInTo(ahead);
    vi.stubEnv('AWS_SESSION_TOKEN', undefined);
    const store = openStore('s3://models', s3OptionsFor(ahead.endpoint));
    expect(store.clockSkewMs()).toBeUndefined();
    expect(await store.folders('')).toEqual([]);
    expect(Math.round((store.clockSkewMs() ?? 0) / 60_000)).toBe(60);
    await ahead.close();
  });

  it('does nothing any more after it was closed, and may be closed twice', async () => {
    const store = open();
    await store.folders('');
    await store.close();
    await store.close();
    expect(await messageOf(store.folders(''))).toContain('closed');
    await open().close();
  });

  it('lets go of the connections of bodies it does not want', async () => {
    const store = open({ checksums: 'always' });
    await store.write('k', Buffer.alloc(8_000_000));
    const refused = Array.from({ length: 120 }, () => store.read('k', { maxBytes: 1_000 }));
    for (const { status } of await Promise.allSettled(refused)) expect(status).toBe('rejected');
    expect(await store.folders('')).toEqual([]);
    await store.close();
  });

  it('ignores objects in the bucket whose keys could not be ours', async () => {
    const stored = { body: Buffer.from('x'), etag: 'e', modified: new Date(), checksums: {} };
    for (const key of ['digits/', 'digits/1/.DS_Store', '../x', '//x', 'digits/1/model.onnx']) {
      s3.objects.set(`models/${key}`, { ...stored, contentType: undefined });
    }
    const listed = (await open().list('')).map(({ key, size }) => ({ key, size }));
    expect(listed).toEqual([{ key: 'digits/1/model.onnx', size: 1 }]);
    expect(await open().folders('')).toEqual(['digits']);
  });

  it.each([
    's3:/',
    's3://',
    's3://a',
    's3://Bucket',
    's3://bucket/../x',
    's3://bucket//x',
    's3://user:secret@bucket/x',
    'https://bucket/x',
    'ftp://x',
    '',
    'file://elsewhere/x',
    'a\0b',
  ])('refuses %j as the place of a store', (uri) => {
    expect(() => openStore(uri, s3OptionsFor(''))).toThrow(errors.GLIMPSE_STORE_URI_INVALID);
  });
});

describe('the S3 store without a server', () => {
  let silent: Server;
  beforeAll(async () => {
    silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    silent.closeAllConnections();
    silent.close();
  });

  it('says so when nobody listens, and when somebody listens and is silent', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'x');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : 0;
    for (const endpoint of ['http://127.0.0.1:1', `http://127.0.0.1:${port}`]) {
      const options = s3OptionsFor(endpoint, { requestTimeoutMs: 100, maxAttempts: 2 });
      const store = openStore('s3://models', options);
      await expect(store.folders('')).rejects.toMatchObject(unavailable);
      await store.close();
    }
    vi.unstubAllEnvs();
  });
});

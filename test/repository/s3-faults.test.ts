import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ArtifactStore } from '../../src/repository/stores/artifact-store.ts';
import { openStore } from '../../src/repository/stores/open-store.ts';
import type { S3Options } from '../../src/repository/stores/s3/s3-client.ts';
import { s3OptionsFor, signInTo } from '../support/s3-options.ts';
import { startS3Server, type S3Server } from '../support/s3-server.ts';

let s3: S3Server;
let store: ArtifactStore;
let scratch: string;
const large = randomBytes(17 * 1024 * 1024);
const bytes = randomBytes(300_000);

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'glimpse-s3-faults-'));
  s3 = await startS3Server();
  signInTo(s3);
});
afterAll(async () => {
  await s3.close();
  await rm(scratch, { recursive: true, force: true });
});
beforeEach(() => {
  s3.objects.clear();
  s3.clearFaults();
  s3.log.length = 0;
  use({});
});
afterEach(() => store.close());

function use(changes: Partial<S3Options>): void {
  store = openStore(`s3://${s3.bucket}`, s3OptionsFor(s3.endpoint, changes));
}

const unavailable = { code: 'GLIMPSE_STORE_UNAVAILABLE', statusCode: 503 };
const calls = (method: string): string[] =>
  s3.log.filter((call) => call.method === method).map(({ url }) => url);
const ranges = () => s3.log.map(({ headers }) => headers.range).filter(Boolean);

async function downloaded(): Promise<Buffer> {
  const file = join(scratch, randomBytes(8).toString('hex'));
  expect(await store.download('k', file, { maxBytes: 50_000_000 })).toBe(true);
  return readFile(file);
}

// Byte by byte, as matchers compare, this would take longer than everything else.
async function isRead(): Promise<boolean> {
  const found = await store.read('k');
  return typeof found === 'object' && bytes.equals(found.body);
}

describe('reading from S3 when it fails', () => {
  beforeEach(async () => {
    await store.write('k', bytes);
    s3.log.length = 0;
  });

  it('cuts a body that stalls, and goes on where it stopped', async () => {
    // Long enough for a busy machine, on which the body that follows must not stall by itself.
    use({ socketTimeoutMs: 1_000 });
    s3.fault({ effect: { kind: 'stall', afterBytes: 100_000 }, method: 'GET' });
    expect(bytes.equals(await downloaded())).toBe(true);
    expect(ranges()).toEqual(['bytes=100000-']);
    expect(s3.log.at(-1)?.headers['if-match']).toBe(`"${s3.objects.get('k')?.etag}"`);
  });

  it('goes on where a broken connection left off, again and again', async () => {
    for (const afterBytes of [50_000, 60_000, 0, 70_000]) {
      s3.fault({ effect: { kind: 'cut', afterBytes }, method: 'GET' });
    }
    expect(bytes.equals(await downloaded())).toBe(true);
    // A broken connection may take bytes with it that were on their way already.
    const starts = ranges().map((range) => Number.parseInt(range!.slice('bytes='.length), 10));
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
    expect(starts.at(-1)).toBeGreaterThan(0);
  });

  it.each(['always', 'required'] as const)(
    'resumes a small object too (checksums %s)',
    async (checksums) => {
      use({ checksums });
      s3.fault({ effect: { kind: 'cut', afterBytes: 10 }, method: 'GET' });
      expect(await isRead()).toBe(true);
    },
  );

  it('does not mind a connection that breaks behind the last byte', async () => {
    s3.fault({ effect: { kind: 'cut', afterBytes: bytes.length }, method: 'GET' });
    expect(bytes.equals(await downloaded())).toBe(true);
  });

  it('says that the bucket is elsewhere when S3 points to another region', async () => {
    s3.fault({ effect: { kind: 'refuse', status: 301, code: 'PermanentRedirect' } });
    await expect(store.read('k')).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringContaining('GLIMPSE_S3_REGION'),
    });
  });

  it('begins again when the object was replaced meanwhile', async () => {
    const newer = randomBytes(200_000);
    s3.fault({ effect: { kind: 'cut', afterBytes: 100_000 }, method: 'GET' });
    s3.fault({
      effect: { kind: 'delay', ms: 0 },
      matching: /GET .*/,
      strike: () =>
        s3.objects.set('k', {
          ...s3.objects.get('k')!,
          body: newer,
          etag: 'another',
          checksums: {},
        }),
    });
    expect(Buffer.compare(await downloaded(), newer)).toBe(0);
  });

  it('says there is nothing when the object was removed meanwhile', async () => {
    s3.fault({ effect: { kind: 'cut', afterBytes: 100_000 }, method: 'GET' });
    s3.fault({
      effect: { kind: 'delay', ms: 0 },
      method: 'GET',
      strike: () => s3.objects.delete('k'),
    });
    const file = join(scratch, 'gone');
    expect(await store.download('k', file, { maxBytes: 50_000_000 })).toBe(false);
    await expect(readFile(file)).rejects.toThrow('ENOENT');
  });

  it('gives up on a body that always stalls, and leaves no half file', async () => {
    use({ socketTimeoutMs: 100, maxAttempts: 2 });
    s3.fault({ effect: { kind: 'stall', afterBytes: 0 }, method: 'GET', times: 100 });
    const file = join(scratch, 'stalled');
    await expect(store.download('k', file, { maxBytes: 50_000_000 })).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringContaining('timed out'),
    });
    await expect(readFile(file)).rejects.toThrow('ENOENT');
    // Two bodies that stall; on a busy machine a head may come too late besides, and is asked for again.
    expect(s3.log.length).toBeGreaterThanOrEqual(2);
    expect(s3.log.length).toBeLessThanOrEqual(3);
  });

  it('counts what the SDK repeats among its attempts: a late head and a stalled body are two', async () => {
    use({ socketTimeoutMs: 250, maxAttempts: 2 });
    s3.fault({ effect: { kind: 'delay', ms: 2_000 }, method: 'GET' });
    s3.fault({ effect: { kind: 'stall', afterBytes: 0 }, method: 'GET', times: 100 });
    await expect(store.read('k')).rejects.toMatchObject(unavailable);
    expect(s3.log).toHaveLength(2);
  });

  it('gives up on a body that drips, however patiently it does', async () => {
    s3.fault({ effect: { kind: 'cut', afterBytes: 1 }, method: 'GET', times: 1_000 });
    await expect(store.read('k')).rejects.toMatchObject(unavailable);
    expect(s3.log.length).toBeLessThan(30);
  });

  it('cuts a call that gets no answer, and tries again', async () => {
    use({ requestTimeoutMs: 1_000 });
    s3.fault({ effect: { kind: 'delay', ms: 4_000 }, method: 'GET' });
    expect(await isRead()).toBe(true);
    expect(s3.log).toHaveLength(2);
  });

  it('gives up on a server that never answers after the attempts it was told', async () => {
    use({ requestTimeoutMs: 300, maxAttempts: 3 });
    s3.fault({ effect: { kind: 'delay', ms: 1_000 }, method: 'GET', times: 100 });
    await expect(store.read('k')).rejects.toMatchObject(unavailable);
    expect(s3.log).toHaveLength(3);
  });

  it.each([500, 503])('tries again after %i', async (status) => {
    s3.fault({ effect: { kind: 'refuse', status, code: 'SlowDown' }, method: 'GET', times: 2 });
    expect(await isRead()).toBe(true);
    expect(s3.log.map((call) => call.status)).toEqual([status, status, 200]);
  });

  it('passes on the status when S3 stays overloaded', async () => {
    s3.fault({ effect: { kind: 'refuse', status: 503, code: 'SlowDown' }, times: 100 });
    await expect(store.folders('')).rejects.toMatchObject({
      ...unavailable,
      details: { doing: 'listing', status: 503 },
    });
    expect(s3.log).toHaveLength(4);
  });

  it('reads again what arrives with another checksum than S3 named', async () => {
    use({ checksums: 'always' });
    await store.write('k', bytes);
    s3.fault({ effect: { kind: 'flip', at: 1_234 }, method: 'GET' });
    expect(bytes.equals(await downloaded())).toBe(true);
    s3.fault({ effect: { kind: 'wrongChecksum' }, method: 'GET' });
    expect(await isRead()).toBe(true);
    expect(calls('GET')).toHaveLength(4);
  });

  it('does not take a checksum that stays wrong for an answer', async () => {
    use({ checksums: 'always' });
    await store.write('k', bytes);
    s3.fault({ effect: { kind: 'wrongChecksum' }, method: 'GET', times: 100 });
    await expect(store.read('k')).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringContaining('hecksum'),
    });
  });

  it('leaves at once, with the caller’s own reason, in the middle of a body', async () => {
    s3.fault({ effect: { kind: 'stall', afterBytes: 1_000 }, method: 'GET' });
    const [left, reason] = [new AbortController(), new Error('the caller left')];
    const reading = store.read('k', { signal: left.signal });
    setTimeout(() => left.abort(reason), 200);
    await expect(reading).rejects.toBe(reason);
  });

  it('takes the 412 of servers that mean 404 for what it is', async () => {
    const effect = { kind: 'refuse', status: 412, code: 'PreconditionFailed' } as const;
    s3.fault({ effect, method: 'GET' });
    expect(await store.read('none', { unlessEtag: 'abc' })).toBeUndefined();
  });
});

async function local(body: Buffer): Promise<{ file: string }> {
  const file = join(scratch, randomBytes(8).toString('hex'));
  await writeFile(file, body);
  return { file };
}

describe('writing to S3 when it fails', () => {
  it.each([
    ['bytes', async () => bytes],
    ['a local file', async () => local(bytes)],
  ])('sends %s again after 503 and after a broken connection', async (_, make) => {
    s3.fault({ effect: { kind: 'refuse', status: 503, code: 'SlowDown' }, method: 'PUT' });
    s3.fault({ effect: { kind: 'reset' }, method: 'PUT' });
    await store.write('k', await make());
    expect(s3.objects.get('k')?.body.equals(bytes)).toBe(true);
    expect(s3.log).toHaveLength(3);
  });

  it('sends only the part again that failed', async () => {
    s3.fault({
      effect: { kind: 'refuse', status: 503, code: 'SlowDown' },
      matching: /partNumber=2/,
    });
    await store.write('k', await local(large));
    expect(s3.objects.get('k')?.body.equals(large)).toBe(true);
    expect(calls('PUT')).toHaveLength(4);
  });

  it('leaves no parts behind when an upload fails', async () => {
    s3.fault({
      effect: { kind: 'refuse', status: 403, code: 'AccessDenied' },
      matching: /partNumber=3/,
    });
    await expect(store.write('k', large)).rejects.toMatchObject(unavailable);
    expect(s3.account.uploads.get(s3.bucket)?.size).toBe(0);
    expect(s3.objects.size).toBe(0);
  });

  it.each([
    ['the upload was forgotten', { kind: 'refuse', status: 404, code: 'NoSuchUpload' }],
    ['it met another write', { kind: 'refuse', status: 409, code: 'ConditionalRequestConflict' }],
    ['its success was an error inside', { kind: 'errorInSuccess', code: 'InternalError' }],
  ] as const)('completes an upload in parts even when %s', async (_, effect) => {
    s3.fault({ effect, matching: /POST .*uploadId=/ });
    expect(await store.write('k', large, { condition: 'absent' })).toHaveProperty('etag');
    expect(s3.objects.get('k')?.body.equals(large)).toBe(true);
    expect(s3.account.uploads.get(s3.bucket)?.size).toBe(0);
  });

  it('repeats a conditional write that met another one (409)', async () => {
    const effect = { kind: 'refuse', status: 409, code: 'ConditionalRequestConflict' } as const;
    s3.fault({ effect, method: 'PUT', times: 3 });
    expect(await store.write('k', bytes, { condition: 'absent' })).toHaveProperty('etag');
    expect(s3.log.map(({ status }) => status)).toEqual([409, 409, 409, 200]);
  });

  it('does not repeat a 409 for ever', async () => {
    const effect = { kind: 'refuse', status: 409, code: 'ConditionalRequestConflict' } as const;
    s3.fault({ effect, method: 'PUT', times: 1_000 });
    await expect(store.write('k', bytes, { condition: 'absent' })).rejects.toMatchObject(
      unavailable,
    );
    expect(s3.log.length).toBeLessThan(20);
  });

  it('says "conflict" when the answer to its own conditional write was lost', async () => {
    s3.fault({ effect: { kind: 'loseAnswer' }, method: 'PUT' });
    expect(await store.write('k', bytes, { condition: 'absent' })).toBe('conflict');
    expect(s3.objects.get('k')?.body.equals(bytes)).toBe(true);
  });

  it('stops an upload in parts when the caller leaves', async () => {
    const [left, reason] = [new AbortController(), new Error('the caller left')];
    s3.fault({
      effect: { kind: 'delay', ms: 500 },
      matching: /partNumber=1/,
      strike: () => left.abort(reason),
    });
    await expect(store.write('k', large, { signal: left.signal })).rejects.toBe(reason);
    expect(s3.objects.size).toBe(0);
    expect(s3.account.uploads.get(s3.bucket)?.size).toBe(0);
  });
});

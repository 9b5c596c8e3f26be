import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ArtifactStore } from '../../src/repository/stores/artifact-store.ts';
import { createDiskStore } from '../../src/repository/stores/disk/disk-store.ts';
import { examineStore } from '../../src/repository/doctor.ts';
import { createRepository } from '../../src/repository/model-repository.ts';
import { openStore } from '../../src/repository/stores/open-store.ts';
import { aDraft } from '../support/drafts.ts';
import { s3OptionsFor, signInTo } from '../support/s3-options.ts';
import { startS3Server, type S3Server } from '../support/s3-server.ts';

let s3: S3Server;
let scratch: string;
beforeAll(async () => {
  s3 = await startS3Server({ skewMs: -120_000 });
  signInTo(s3);
  scratch = await mkdtemp(join(tmpdir(), 'glimpse-doctor-'));
});
afterAll(async () => {
  await s3.close();
  await rm(scratch, { recursive: true, force: true });
});

const publish = (store: ArtifactStore) =>
  createRepository({ store, cacheDir: scratch, maxArtifactBytes: 1_000 }).publish(aDraft());

/** The state of each check by its name. */
async function states(store: ArtifactStore): Promise<Record<string, string>> {
  return Object.fromEntries((await examineStore(store)).map(({ name, state }) => [name, state]));
}

async function message(store: ArtifactStore, check: string): Promise<string | undefined> {
  return (await examineStore(store)).find(({ name }) => name === check)?.message;
}

const healthy = {
  answers: 'ok',
  'missing objects': 'ok',
  manifests: 'ok',
  labels: 'ok',
  'conditional writes': 'ok',
};

describe('examining a folder', () => {
  it('finds a healthy one healthy, and leaves nothing in it', async () => {
    const store = createDiskStore({ root: join(scratch, 'healthy') });
    await publish(store);
    const before = await store.list('');
    expect(await states(store)).toEqual({ ...healthy, clock: 'skipped' });
    expect(await store.list('')).toEqual(before);
    expect(await store.folders('')).toEqual(['digits']);
  });

  it('says that there is no model yet', async () => {
    const store = createDiskStore({ root: join(scratch, 'empty') });
    expect(await states(store)).toMatchObject({ answers: 'warning', 'conditional writes': 'ok' });
    expect(await readdir(scratch)).not.toContain('empty');
    expect(await message(store, 'answers')).toContain('no model yet');
  });

  it('names a model whose newest manifest is broken', async () => {
    const store = createDiskStore({ root: join(scratch, 'broken') });
    await publish(store);
    await store.write('digits/2/manifest.json', Buffer.from('{}'));
    expect(await states(store)).toMatchObject({ manifests: 'warning' });
    expect(await message(store, 'manifests')).toContain('digits/2');
  });

  it('names a label that points at nothing: broken for production, a warning for any other', async () => {
    const store = createDiskStore({ root: join(scratch, 'astray') });
    await publish(store);
    const point = (labels: object) =>
      store.write('digits/labels.json', Buffer.from(JSON.stringify(labels)));
    await point({ candidate: 7, latest: 1 });
    expect(await states(store)).toMatchObject({ labels: 'warning' });
    await point({ production: 7 });
    expect(await states(store)).toMatchObject({ labels: 'failed' });
    expect(await message(store, 'labels')).toBe(
      'The label "production" of model "digits" points at version 7, which is not there.',
    );
  });
});

describe('examining a bucket', () => {
  let store: ArtifactStore;
  beforeEach(() => {
    s3.objects.clear();
    Object.assign(s3.account, { mayList: true, mayWrite: true, conditions: 'enforced' });
    store = openStore(`s3://${s3.bucket}`, s3OptionsFor(s3.endpoint));
  });
  afterEach(() => store.close());

  it('finds a healthy one healthy, and tells that the clocks are two minutes apart', async () => {
    await publish(store);
    expect(await states(store)).toEqual({ ...healthy, clock: 'warning' });
    expect(await message(store, 'clock')).toMatch(/^the store is 1(19|20|21) s behind/);
  });

  it('tries nothing more when it may not list', async () => {
    s3.account.mayList = false;
    expect(await states(store)).toEqual({
      answers: 'failed',
      'missing objects': 'skipped',
      manifests: 'skipped',
      labels: 'skipped',
      'conditional writes': 'skipped',
      clock: 'skipped',
    });
    expect(await message(store, 'answers')).toContain('s3:ListBucket');
  });

  it('warns a server that only reads that nothing can be published', async () => {
    s3.account.mayWrite = false;
    expect(await states(store)).toMatchObject({ 'conditional writes': 'warning' });
    expect(await message(store, 'conditional writes')).toContain('s3:PutObject');
  });

  it('fails a store that ignores conditions', async () => {
    s3.account.conditions = 'ignored';
    expect(await states(store)).toMatchObject({ 'conditional writes': 'failed' });
  });

  it('stops when its caller leaves', async () => {
    const reason = new Error('left');
    await expect(examineStore(store, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

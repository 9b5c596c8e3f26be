import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRepository, type RepositoryOptions } from '../../src/repository/model-repository.ts';
import { openStore } from '../../src/repository/stores/open-store.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { aDraft } from '../support/drafts.ts';
import { s3OptionsFor, signInTo } from '../support/s3-options.ts';
import { startS3Server, type S3Server } from '../support/s3-server.ts';
import { describeHistory } from './history-contract.ts';
import { describeRepository } from './repository-contract.ts';

let s3: S3Server;
let cacheDir: string;
beforeAll(async () => {
  s3 = await startS3Server();
  signInTo(s3);
  cacheDir = await mkdtemp(join(tmpdir(), 'glimpse-s3-repository-'));
});
afterAll(async () => {
  await s3.close();
  await rm(cacheDir, { recursive: true, force: true });
});
beforeEach(() => {
  s3.objects.clear();
  s3.clearFaults();
  s3.log.length = 0;
  s3.account.conditions = 'enforced';
});

const keys = () => [...s3.objects.keys()].filter((key) => !key.includes('_probe')).sort();
const openS3 = () => openStore(`s3://${s3.bucket}/models`, s3OptionsFor(s3.endpoint));

describeRepository('an S3 store', async () => openS3());
describeHistory('an S3 store', async () => openS3());

describe('a repository on S3', () => {
  const opened: Repository[] = [];
  const repository = (options: Partial<RepositoryOptions> = {}): Repository => {
    const base = { store: openS3(), cacheDir, maxArtifactBytes: 1_000_000 };
    opened.push(createRepository({ ...base, ...options }));
    return opened.at(-1)!;
  };
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close();
  });

  it('writes the manifest after everything else of a version', async () => {
    await repository().publish(aDraft());
    const puts = s3.log.filter(({ method }) => method === 'PUT').map(({ url }) => url);
    const order = ['_claim.json', 'golden/one.png', 'model.onnx', 'manifest.json', 'labels.json'];
    expect(order.map((name) => puts.findIndex((url) => url.includes(name)))).toEqual(
      order.map((_, index) => puts.length - order.length + index),
    );
  });

  it.each(['_claim.json', 'manifest.json', 'labels.json', 'model.onnx'])(
    'publishes one version when the answer to writing %s is lost',
    async (name) => {
      s3.fault({ effect: { kind: 'loseAnswer' }, matching: new RegExp(`PUT .*${name}`) });
      expect(await repository().publish(aDraft({ label: 'production' }))).toMatchObject({
        version: 1,
      });
      expect(keys().filter((key) => key.endsWith('manifest.json'))).toHaveLength(1);
      expect(await repository().labels('digits')).toMatchObject({
        labels: { latest: 1, production: 1 },
      });
    },
  );

  it('moves a label once when the answer is lost, also on top of a named state', async () => {
    const labels = await repository()
      .publish(aDraft())
      .then(() => repository().labels('digits'));
    if (labels === 'unchanged') throw new Error('nobody asked');
    s3.fault({ effect: { kind: 'loseAnswer' }, matching: /PUT .*labels/ });
    const change = { model: 'digits', label: 'production', version: 1, ifMatch: labels.etag! };
    expect((await repository().setLabel(change)).labels).toEqual({ latest: 1, production: 1 });
    s3.fault({ effect: { kind: 'loseAnswer' }, matching: /PUT .*labels/ });
    const removal = { model: 'digits', label: 'production', version: null };
    expect((await repository().setLabel(removal)).labels).toEqual({ latest: 1 });
  });

  it('asks once more for a file that arrives bent, and serves it when it is right', async () => {
    await repository().publish(aDraft());
    s3.fault({ effect: { kind: 'flip', at: 3 }, matching: /GET .*model.onnx/ });
    const { folder } = await repository().open('digits', 1);
    expect(await readFile(join(folder, 'model.onnx'), 'utf8')).toBe('the bytes of a net');
  });

  it('keeps a downloaded version, and does not download it again', async () => {
    await repository().publish(aDraft());
    await repository().open('digits', 1);
    s3.log.length = 0;
    await repository().open('digits', 1);
    expect(s3.log.map(({ url }) => url.split('?')[0])).toEqual([
      '/models/models/digits/1/manifest.json',
    ]);
  });

  it('downloads a version once for many who open it at the same time', async () => {
    const one = repository();
    await one.publish(aDraft());
    await rm(cacheDir, { recursive: true, force: true });
    s3.log.length = 0;
    await Promise.all(Array.from({ length: 8 }, () => one.open('digits', 1)));
    expect(s3.log.filter(({ url }) => url.includes('model.onnx'))).toHaveLength(1);
  });

  it('leaves nothing of a download that failed', async () => {
    const one = repository();
    await one.publish(aDraft());
    s3.objects.delete('models/digits/1/model.onnx');
    await rm(cacheDir, { recursive: true, force: true });
    await expect(one.open('digits', 1)).rejects.toMatchObject({ code: 'GLIMPSE_FILE_MISSING' });
    const [id] = await readdir(cacheDir);
    expect(await readdir(join(cacheDir, id!))).toEqual([]);
  });

  it('repairs its cache when somebody changed it', async () => {
    const one = repository();
    await one.publish(aDraft());
    const { folder } = await one.open('digits', 1);
    await rm(join(folder, 'model.onnx'));
    expect((await one.open('digits', 1)).folder).toBe(folder);
    expect(await readFile(join(folder, 'model.onnx'), 'utf8')).toBe('the bytes of a net');
  });

  it('refuses to publish where conditions are not enforced, before it writes a version', async () => {
    for (const conditions of ['ignored', 'unknown'] as const) {
      s3.account.conditions = conditions;
      await expect(repository().publish(aDraft())).rejects.toMatchObject({
        code: 'GLIMPSE_STORE_NOT_CONDITIONAL',
      });
      expect(keys()).toEqual([]);
    }
  });

  it.each(['ignored', 'unknown'] as const)(
    'publishes there when it is told to be the only writer (conditions %s)',
    async (conditions) => {
      s3.account.conditions = conditions;
      const alone = repository({ requireConditionalWrites: false });
      await alone.publish(aDraft());
      expect(await alone.publish(aDraft({ label: 'production' }))).toMatchObject({ version: 2 });
      expect(await alone.labels('digits')).toMatchObject({ labels: { latest: 2, production: 2 } });
      expect((await alone.open('digits', 2)).manifest.version).toBe(2);
    },
  );

  it('says that the version stands when only its labels could not be moved', async () => {
    const refused = { kind: 'refuse', status: 403, code: 'AccessDenied' } as const;
    s3.fault({ effect: refused, matching: /PUT .*labels.json/, times: 10 });
    await expect(repository().publish(aDraft())).rejects.toMatchObject({
      code: 'GLIMPSE_STORE_UNAVAILABLE',
      details: { published: true, model: 'digits', version: 1 },
    });
    s3.clearFaults();
    expect(await repository().versions('digits')).toEqual([1]);
    await repository().publish(aDraft());
    expect(await repository().labels('digits')).toMatchObject({ labels: { latest: 2 } });
  });

  it('polls a model with one conditional request', async () => {
    const one = repository();
    await one.publish(aDraft());
    const labels = await one.labels('digits');
    if (labels === 'unchanged') throw new Error('nobody asked');
    s3.log.length = 0;
    expect(await one.labels('digits', labels.etag)).toBe('unchanged');
    expect(s3.log).toMatchObject([{ method: 'GET', status: 304 }]);
  });
});

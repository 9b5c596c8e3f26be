import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDiskStore } from '../../src/repository/stores/disk/disk-store.ts';
import { createMemoryStore } from '../../src/repository/stores/memory-store.ts';
import { createRepository } from '../../src/repository/model-repository.ts';
import { openStore } from '../../src/repository/stores/open-store.ts';
import { aDataset, aDraft, digestNumber } from '../support/drafts.ts';
import { s3OptionsFor, signInTo } from '../support/s3-options.ts';
import { startS3Server, type S3Server } from '../support/s3-server.ts';
import { describeDatasets } from './dataset-contract.ts';

let s3: S3Server;
let folder: string;
beforeAll(async () => {
  s3 = await startS3Server();
  signInTo(s3);
  folder = await mkdtemp(join(tmpdir(), 'glimpse-datasets-'));
});
afterAll(async () => {
  await s3.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  s3.objects.clear();
  s3.clearFaults();
});
const openS3 = () => openStore(`s3://${s3.bucket}/models`, s3OptionsFor(s3.endpoint));
const onDisk = async () => createDiskStore({ root: await mkdtemp(join(folder, 'disk-')) });

describeDatasets('disk', onDisk);
describeDatasets('S3', async () => openS3());

const open = (store = createMemoryStore()) =>
  createRepository({ store, cacheDir: folder, maxArtifactBytes: 1_000 });

describe('stored datasets', () => {
  it.each(['dataset.json', 'latest.json'])(
    'are put once when the answer to writing %s is lost',
    async (name) => {
      const repository = open(openS3());
      s3.fault({ effect: { kind: 'loseAnswer' }, matching: new RegExp(`PUT .*${name}`) });
      expect(await repository.datasets.put(aDataset())).toMatchObject({ created: true });
      expect(await repository.datasets.latest('fruit')).toBe(digestNumber(1));
      await repository.close();
    },
  );

  it('lie beside the models and are none', async () => {
    const repository = open();
    await repository.datasets.put(aDataset());
    await repository.publish(aDraft());
    expect(await repository.models()).toEqual(['digits']);
    expect(await repository.datasets.names()).toEqual(['fruit']);
  });

  it.each(['datasets', 'Datasets'])('keep a model from being called %j', async (model) => {
    const repository = open();
    for (const call of [
      repository.publish(aDraft({ model })),
      repository.manifest(model, 1),
      repository.labels(model),
    ]) {
      await expect(call).rejects.toMatchObject({ code: 'GLIMPSE_NAME_RESERVED', statusCode: 400 });
    }
    await repository.publish(aDraft({ label: model }));
    expect(await repository.labels('digits')).toMatchObject({ labels: { [model]: 1 } });
  });

  it('are used in place on disk', async () => {
    const store = await onDisk();
    const { datasets } = open(store);
    const { manifest } = await datasets.put(aDataset());
    const opened = await datasets.open(manifest, join(folder, 'never-made'));
    expect(opened.folder).toBe(store.localFolder(`datasets/fruit/${digestNumber(1)}`));
  });

  it('are not put where writing is not safe', async () => {
    s3.account.conditions = 'ignored';
    const repository = open(openS3());
    await expect(repository.datasets.put(aDataset())).rejects.toMatchObject({
      code: 'GLIMPSE_STORE_NOT_CONDITIONAL',
    });
    s3.account.conditions = 'enforced';
    await repository.close();
  });
});

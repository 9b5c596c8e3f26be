import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { createDatasetCatalogue } from '../../src/datasets/catalogue.ts';
import { createRepository } from '../../src/repository/model-repository.ts';
import { createMemoryStore } from '../../src/repository/stores/memory-store.ts';
import { aDataset, digestNumber } from '../support/drafts.ts';
import { createFaultyStore } from '../support/faulty-store.ts';

/** Nothing is deleted here. */
const refuse = () => Promise.reject(new Error('nothing is deleted here'));
const untouched = { deleteDataset: refuse, restoreDataset: refuse };

/** A catalogue of datasets at rest in memory. */
function open() {
  const faulty = createFaultyStore(createMemoryStore());
  let clock = Date.parse('2030-01-01T00:00:00Z');
  const { datasets } = createRepository({
    store: faulty.store,
    cacheDir: tmpdir(),
    maxArtifactBytes: 1_000,
    now: () => new Date((clock += 1_000)),
  });
  const spoilFirst = () =>
    faulty.store.write(`datasets/fruit/${digestNumber(1)}/dataset.json`, bytes);
  const bytes = Buffer.from('no description');
  return {
    ...faulty,
    datasets,
    catalogue: createDatasetCatalogue(datasets, untouched),
    spoilFirst,
  };
}

const about = {
  createdAt: expect.stringMatching(/^2030-01-01T/),
  examples: 3,
  shape: { width: 2, height: 2, channels: 1 },
  classes: ['apple', 'pear'],
};

describe('the catalogue of datasets', () => {
  it('lists each name with its latest dataset', async () => {
    const { datasets, catalogue, store } = open();
    expect(await catalogue.list()).toEqual([]);
    await datasets.put(aDataset(2));
    await datasets.put(aDataset(1));
    await datasets.put(aDataset(3, { name: 'trees' }));
    await store.write(`datasets/unfinished/${digestNumber(4)}/images.idx`, Buffer.from('...'));
    expect(await catalogue.list()).toEqual([
      { name: 'fruit', latest: digestNumber(1), ...about },
      { name: 'trees', latest: digestNumber(3), ...about },
    ]);
  });

  it('says of a name why its latest dataset cannot be read', async () => {
    const { datasets, catalogue, spoilFirst } = open();
    await datasets.put(aDataset(1));
    await spoilFirst();
    expect(await catalogue.list()).toEqual([
      {
        name: 'fruit',
        latest: digestNumber(1),
        problem: expect.stringContaining(`dataset fruit@${digestNumber(1)}`),
      },
    ]);
  });

  it('lists nothing when the store does not answer, or on a fault of ours', async () => {
    const { datasets, catalogue, ...faulty } = open();
    await datasets.put(aDataset(1));
    faulty.fail(`read datasets/fruit/${digestNumber(1)}`);
    await expect(catalogue.list()).rejects.toMatchObject({ code: 'GLIMPSE_STORE_UNAVAILABLE' });
    const faulted = { ...datasets, find: () => Promise.reject(new TypeError('a fault')) };
    await expect(createDatasetCatalogue(faulted, untouched).list()).rejects.toThrow(TypeError);
  });

  it('tells the history of a name, newest first, and which of them it means', async () => {
    const { datasets, catalogue, spoilFirst } = open();
    await datasets.put(aDataset(1));
    await datasets.put(aDataset(2));
    await spoilFirst();
    const history = await catalogue.history('fruit');
    expect(history).toEqual({
      name: 'fruit',
      latest: digestNumber(2),
      datasets: [
        {
          digest: digestNumber(2),
          uri: `dataset:fruit@${digestNumber(2)}`,
          latest: true,
          ...about,
          classCounts: [1, 2],
          source: { uri: 'fruit.csv' },
        },
        {
          digest: digestNumber(1),
          uri: `dataset:fruit@${digestNumber(1)}`,
          latest: false,
          problem: expect.stringContaining(`dataset fruit@${digestNumber(1)}`),
        },
      ],
    });
    const unnamed = createDatasetCatalogue(
      {
        ...datasets,
        latest: () => Promise.resolve(undefined),
      },
      untouched,
    );
    expect(Object.keys(await unnamed.history('fruit'))).toEqual(['name', 'datasets']);
  });

  it('has no history of a name that nothing has', async () => {
    await expect(open().catalogue.history('fruit')).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_NOT_FOUND',
      message: expect.stringContaining('datasets/fruit'),
    });
  });

  it('finds one by the beginning of its digest, or the latest', async () => {
    const { datasets, catalogue } = open();
    const { manifest } = await datasets.put(aDataset(1));
    await datasets.put(aDataset(2));
    expect(await catalogue.find('fruit', '11111111')).toEqual({
      uri: `dataset:fruit@${digestNumber(1)}`,
      ...manifest,
    });
    expect((await catalogue.find('fruit')).digest).toBe(digestNumber(2));
  });
});

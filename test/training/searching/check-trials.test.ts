import { describe, expect, it } from 'vitest';
import { checkTrials, type AskedSearch } from '../../../src/training/searching/check-trials.ts';
import { searchableParameters } from '../../../src/training/searching/parameters.ts';
import { searchJob } from '../../../src/jobs/kinds/search.ts';
import type { AcceptContext } from '../../../src/jobs/kinds/job-kind.ts';

const ranges = { 'optimizer.learningRate': { type: 'log-uniform', from: 0.001, to: 0.1 } } as const;
const layers = [{ type: 'flatten' }, { type: 'dense', units: 16 }, { type: 'dense' }];
const dataset = {
  uri: 'bars.csv',
  classes: ['flat', 'tall'],
  shape: { width: 6, height: 6, channels: 1 },
};

const asked: unknown[] = [];
const context: Pick<AcceptContext, 'datasets' | 'defaultModel' | 'checkRoom' | 'searches'> = {
  defaultModel: 'bars',
  checkRoom: async () => {},
  searches: { maxTrials: 30 },
  datasets: {
    async check(spec) {
      asked.push(spec);
      const shape = { width: 6, height: 6, channels: 1 } as const;
      return { spec: { ...spec, uri: `${spec.uri}@1` }, known: { shape, classes: 2 } };
    },
  },
};

const accept = (request: object) =>
  searchJob.accept({ train: { dataset }, ranges, ...request }, [], context);

/** A refusal of a range, by its name and what its sentence says. */
const refusal = (parameter: string, words: string) => ({
  code: 'GLIMPSE_SEARCH_RANGE_INVALID',
  details: { parameter },
  message: expect.stringContaining(words) as string,
});

describe('a request for a search', () => {
  it('has everything decided, on the very dataset that there is now, which is looked at once', async () => {
    asked.length = 0;
    const { request } = await accept({});
    expect(request).toEqual({
      method: 'random',
      objective: 'accuracy',
      trials: 20,
      reduction: 3,
      minEpochs: 1,
      publishWinner: true,
      model: 'bars',
      epochs: 50,
      ranges,
      train: { model: 'bars', dataset: { ...dataset, uri: 'bars.csv@1' } },
    });
    // MNIST is looked for, the dataset as it was named, and as it was found.
    expect(asked).toHaveLength(3);
  });

  it('needs the permission to release where its winner would be released', async () => {
    const publish = { label: 'production' };
    const releasing = await accept({ train: { dataset, publish } });
    expect(searchJob.subject(releasing.request)).toEqual({ model: 'bars', releases: true });
    const telling = await accept({ train: { dataset, publish }, publishWinner: false });
    expect(searchJob.subject(telling.request)).toMatchObject({ releases: false });
    expect(searchJob.subject((await accept({})).request)).toMatchObject({ releases: false });
  });

  it('with fewer values than trials makes as many as there are, and says so', async () => {
    const few = { batchSize: { type: 'choice', values: [8, 16] } };
    expect(await accept({ ranges: few })).toMatchObject({
      request: { trials: 2 },
      notes: ['The ranges hold 2 different trials, not 20.'],
    });
  });

  it('varies optimizers with their rates, presets, and fields of layers that it lists', async () => {
    const wide = {
      optimizer: { type: 'choice', values: ['sgd', 'adam'] },
      'optimizer.learningRate': { type: 'log-uniform', from: 0.001, to: 0.1 },
      'augmentation.shift': { type: 'uniform', from: 0, to: 2 },
      schedule: { type: 'choice', values: ['constant', { name: 'cosine', final: 0.1 }] },
      'architecture.layers.1.units': { type: 'integer', from: 8, to: 32 },
      'earlyStopping.patience': { type: 'integer', from: 2, to: 4 },
    };
    const train = { dataset, architecture: { layers } };
    await expect(accept({ ranges: wide, train })).resolves.toBeDefined();
    expect(searchableParameters()).toEqual(expect.arrayContaining(['optimizer.weightDecay', 'l2']));
    expect(searchableParameters()).not.toContain('seed');
  });
});

describe('a search is refused', () => {
  it.each([
    [{ ranges: {} }, refusal('ranges', 'there are none')],
    [{ ranges: { epochs: { type: 'choice', values: [] } } }, refusal('epochs', 'it has no values')],
    [
      { ranges: { l2: { type: 'uniform', from: 1, to: 0 } } },
      refusal('l2', 'nothing lies between 1 and 0'),
    ],
    [
      { ranges: { l2: { type: 'log-uniform', from: 0, to: 1 } } },
      refusal('l2', '0 has no logarithm'),
    ],
    [
      { ranges: { l2: { type: 'uniform', from: 1, to: 1 } } },
      refusal('l2', 'it holds nothing but 1'),
    ],
    [
      { ranges: { epochs: { type: 'choice', values: [1, 2] } }, method: 'successive-halving' },
      refusal('epochs', 'successive halving decides about the epochs'),
    ],
  ])('for an empty range or one that cannot be: %j', async (request, error) => {
    await expect(accept(request)).rejects.toMatchObject(error);
  });

  it.each([
    ['batchSize', { type: 'integer', from: 0, to: 8 }, '"batchSize":0'],
    ['batchSize', { type: 'integer', from: 8, to: 5000 }, '"batchSize":5000'],
    ['batchSize', { type: 'uniform', from: 8, to: 16 }, 'integer'],
    ['labelSmoothing', { type: 'uniform', from: 0, to: 1 }, '"labelSmoothing":1'],
    ['optimizer.learningRate', { type: 'log-uniform', from: 0.1, to: 1000 }, '1000'],
    ['optimizer.momentum', { type: 'uniform', from: 0.1, to: 0.9 }, 'momentum'],
    ['architecture', { type: 'choice', values: ['dense', 'denze'] }, 'denze'],
    ['augmentation', { type: 'choice', values: ['none', 7] }, '7'],
    ['schedule.final', { type: 'uniform', from: 0.1, to: 0.9 }, 'name'],
  ])(
    'for a range of %s that a training would be refused for anywhere in it',
    async (name, range, words) => {
      await expect(accept({ ranges: { [name]: range } })).rejects.toMatchObject(
        refusal(name, words),
      );
    },
  );

  it('for layers that do not fit in one of the trials', async () => {
    const units = { 'architecture.layers.1.units': { type: 'integer', from: 8, to: 99_000_000 } };
    const train = { dataset, architecture: { layers } };
    await expect(accept({ ranges: units, train })).rejects.toMatchObject({
      code: 'GLIMPSE_SEARCH_RANGE_INVALID',
      details: { parameter: 'architecture.layers.1.units' },
    });
  });

  it.each([
    ['learningRate', 'optimizer.learningRate'],
    ['optimizer.learningrate', 'optimizer.learningRate'],
    ['batchsize', 'batchSize'],
    ['colour', undefined],
    ['seed', undefined],
    ['validationSplit', undefined],
    ['__proto__', undefined],
    ['architecture.layers.1.units', undefined],
    ['dataset.limit', undefined],
  ])('for the parameter %s, which it does not vary', async (name, nearest) => {
    const request = JSON.parse(
      `{"ranges": {"${name}": {"type": "uniform", "from": 0, "to": 1}}}`,
    ) as object;
    const error: unknown = await accept(request).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'GLIMPSE_SEARCH_PARAMETER_UNKNOWN',
      details: { parameter: name, ...(nearest !== undefined && { nearest }) },
    });
    if (nearest === undefined) expect(error).not.toHaveProperty('details.nearest');
  });

  it('for more trials than the setting allows, before anything is looked at', async () => {
    await expect(accept({ trials: 31 })).rejects.toMatchObject({
      code: 'GLIMPSE_SEARCH_TOO_LARGE',
    });
  });

  it('where it leaves no examples to choose by', async () => {
    await expect(accept({ train: { dataset, validationSplit: 0 } })).rejects.toMatchObject({
      code: 'GLIMPSE_HYPERPARAMETER_INVALID',
      message: expect.stringContaining('examples to choose by') as string,
    });
  });

  it('with files, which its trials would need again and again', async () => {
    const upload = { part: 'dataset', name: 'x.csv', file: '/x' };
    await expect(searchJob.accept({ ranges }, [upload], context)).rejects.toMatchObject({
      code: 'GLIMPSE_INVALID_REQUEST',
    });
  });

  it('where nobody could work on its trials', async () => {
    const searches = { maxTrials: 30, refusal: 'not here' };
    await expect(
      searchJob.accept({ train: { dataset }, ranges }, [], { ...context, searches }),
    ).rejects.toMatchObject({ code: 'GLIMPSE_JOBS_UNAVAILABLE' });
  });

  it('as a training is where the reason lies in what its trials have in common', async () => {
    const missing = Object.assign(new Error('away'), { code: 'GLIMPSE_DATASET_NOT_FOUND' });
    const search = { ranges, trials: 2, method: 'random', train: {} } satisfies AskedSearch;
    await expect(checkTrials(search, () => Promise.reject(missing))).rejects.toBe(missing);
  });
});

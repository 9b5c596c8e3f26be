import { describe, expect, it } from 'vitest';
import { Check } from 'typebox/schema';
import {
  ResolvedTrainRequestSchema,
  TrainRequestSchema,
  type TrainRequest,
} from '../../src/training/request.ts';
import { resolveTrainRequest } from '../../src/training/resolve-request.ts';

const here = { defaultModel: 'digits', hasMnist: true, hasUploads: false };
const resolve = (request: TrainRequest, context = {}) =>
  resolveTrainRequest(request, { ...here, ...context });

describe('a request that says nothing', () => {
  it('is the founding example, measured on digits it never sees', () => {
    expect(resolve({})).toEqual({
      model: 'digits',
      dataset: { uri: 'mnist:', limit: 1000 },
      evaluation: { uri: 'mnist:', offset: 50_000, limit: 10_000 },
      architecture: 'dense',
      optimizer: { name: 'adam', learningRate: 0.003, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
      schedule: { name: 'one-cycle' },
      epochs: 50,
      batchSize: 32,
      validationSplit: 0,
      testSplit: 0,
      seed: 1,
      workers: 1,
      labelSmoothing: 0,
      l2: 0,
      augmentation: 'shift',
      publish: {},
      maxBadRows: 0.01,
    });
  });

  it('takes the digits we drew where MNIST is not, and says so', () => {
    expect(resolve({}, { hasMnist: false })).toMatchObject({
      dataset: { uri: 'sample:', limit: 1000 },
      evaluation: { uri: 'sample:test' },
      note: expect.stringContaining('MNIST is not on this machine'),
    });
  });
});

describe('a request', () => {
  it.each([
    ['a file', { dataset: { uri: 'x.csv' } }, {}],
    ['an upload', {}, { hasUploads: true }],
    ['all of MNIST', { dataset: { uri: 'mnist:' } }, {}],
    ['the last part of MNIST', { dataset: { uri: 'mnist:', offset: 49_500, limit: 1000 } }, {}],
  ])(
    'sets a tenth aside twice when there is nothing else to measure on: %s',
    (_, request, context) => {
      const resolved = resolve(request, context);
      expect(resolved).toMatchObject({ validationSplit: 0.1, testSplit: 0.1 });
      expect(resolved.evaluation).toBeUndefined();
      expect(resolved.note).toBeUndefined();
    },
  );

  it.each([
    ['the limit alone', { dataset: { limit: 200 } }],
    ['the first part of MNIST', { dataset: { uri: 'mnist:', offset: 10, limit: 49_000 } }],
  ])('about MNIST keeps its held-out part: %s', (_, request) => {
    expect(resolve(request)).toMatchObject({
      dataset: { uri: 'mnist:', ...request.dataset },
      evaluation: { offset: 50_000 },
      validationSplit: 0,
    });
  });

  it('that wants its own shares or evaluation gets them', () => {
    const shares = { dataset: { uri: 'mnist:', limit: 1000 }, validationSplit: 0.2 };
    expect(resolve(shares)).toMatchObject({ validationSplit: 0.2, testSplit: 0.1 });
    const evaluation = { uri: 'mnist:test' };
    expect(resolve({ evaluation })).toMatchObject({ evaluation, testSplit: 0 });
  });

  it('fills in the optimizer it names', () => {
    expect(resolve({ optimizer: { name: 'momentum', learningRate: 0.1 } }).optimizer).toEqual({
      name: 'momentum',
      learningRate: 0.1,
      momentum: 0.9,
      nesterov: false,
    });
  });

  it('takes a name where an object holds nothing else', () => {
    const named = resolve({ schedule: 'cosine', optimizer: 'sgd' });
    expect(named).toEqual(resolve({ schedule: { name: 'cosine' }, optimizer: { name: 'sgd' } }));
    expect(named).toMatchObject({
      schedule: { name: 'cosine' },
      optimizer: { learningRate: 0.01 },
    });
    expect(Check(TrainRequestSchema, { schedule: 'one-cycle', optimizer: 'adam' })).toBe(true);
    expect(Check(TrainRequestSchema, { schedule: 'one-cicle' })).toBe(false);
  });

  it('that names a preset gets the recipe it was measured with', () => {
    const recipe = {
      batchSize: 50,
      optimizer: { name: 'adam', learningRate: 0.006 },
      schedule: { name: 'one-cycle' },
      labelSmoothing: 0.1,
    };
    expect(resolve({ architecture: 'cnn' })).toMatchObject({
      ...recipe,
      augmentation: 'handwriting',
    });
    const photos = { architecture: 'cnn', dataset: { uri: 'photos' } } as const;
    expect(resolve(photos)).toMatchObject({ ...recipe, augmentation: 'photo' });
    const handwriting = { ...photos, preprocessing: { preset: 'handwriting' } } as const;
    expect(resolve(handwriting)).toMatchObject({ augmentation: 'handwriting' });
  });

  it('that lists its layers gets no recipe', () => {
    const architecture = { layers: [{ type: 'flatten' }, { type: 'dense' }] } as never;
    expect(resolve({ architecture })).toMatchObject({
      batchSize: 32,
      optimizer: { learningRate: 0.001 },
      schedule: { name: 'constant' },
      labelSmoothing: 0,
      augmentation: 'none',
    });
  });

  it.each<[string, TrainRequest, string, number]>([
    ['its own rate', { optimizer: { name: 'adam', learningRate: 0.1 } }, 'constant', 0.1],
    ['another optimizer', { optimizer: 'rmsprop' }, 'constant', 0.001],
    ['a constant schedule', { schedule: 'constant' }, 'constant', 0.001],
    ['an early end', { earlyStopping: { patience: 3 } }, 'constant', 0.001],
    ['the schedule of the recipe', { schedule: 'one-cycle' }, 'one-cycle', 0.006],
    ['the optimizer of the recipe', { optimizer: 'adam' }, 'one-cycle', 0.006],
  ])('with %s never gets a peak without its schedule', (_, request, name, learningRate) => {
    const resolved = resolve({ architecture: 'cnn', ...request });
    expect(resolved).toMatchObject({ schedule: { name }, optimizer: { learningRate } });
  });

  it('keeps what it says itself', () => {
    const own = { batchSize: 7, labelSmoothing: 0.3, augmentation: 'none' } as const;
    expect(resolve({ architecture: 'cnn', ...own })).toMatchObject(own);
  });

  it('is, once resolved, what a job record may hold', () => {
    const requests: TrainRequest[] = [
      {},
      {
        dataset: { uri: 'a' },
        earlyStopping: { patience: 2 },
        classWeights: { a: 2 },
        preprocessing: { canonicalise: 'handwriting' },
      },
    ];
    for (const request of requests) {
      expect(Check(ResolvedTrainRequestSchema, resolve(request))).toBe(true);
    }
  });
});

describe('the schema of a request', () => {
  it.each([
    [{ model: '../x' }],
    [{ model: '' }],
    [{ epochs: 1.5 }],
    [{ epochs: 1e6 }],
    [{ batchSize: 0 }],
    [{ seed: -1 }],
    [{ workers: 0 }],
    [{ workers: 17 }],
    [{ validationSplit: 1 }],
    [{ labelSmoothing: 1 }],
    [{ augmentation: 'wild' }],
    [{ augmentation: { rotation: 999 } }],
    [{ preprocessing: { width: 5 } }],
    [{ publish: { label: 'a b' } }],
    [{ dataset: { uri: 'x', classes: ['one'] } }],
    [{ dataset: { uri: 'x', classes: ['a', 'a'] } }],
    [{ dataset: { uri: 'x', shape: { width: 1e5, height: 1, channels: 1 } } }],
    [{ optimizer: { name: 'adam', learningRate: 0 } }],
    [{ optimizer: { name: 'sgd', beta1: 0.9 } }],
    [{ nonsense: true }],
  ])('refuses %j', (request) => {
    expect(Check(TrainRequestSchema, request)).toBe(false);
  });
});

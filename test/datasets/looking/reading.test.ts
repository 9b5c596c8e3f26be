import { withMode } from '../../support/contracts.ts';
import { describe, expect, it } from 'vitest';
import { createFindings } from '../../../src/datasets/looking/findings.ts';
import { readAsFar } from '../../../src/datasets/looking/read-as-far.ts';
import { readParts } from '../../../src/datasets/looking/read-parts.ts';
import type { ResolvedLookRequest } from '../../../src/datasets/looking/look-request.ts';
import type { OpenedDataset } from '../../../src/datasets/open.ts';
import { splitExamples } from '../../../src/datasets/parts/split.ts';
import { plainContract } from '../../../src/preprocessing/presets.ts';
import { undecided } from '../../../src/datasets/refusal.ts';
import type { DatasetSpec } from '../../../src/datasets/spec.ts';
import { errors, withDetails, type GlimpseError } from '../../../src/errors.ts';
import { createRandom } from '../../../src/random.ts';
import { example, lookedAt, openerBy, size, type Reading, type Told } from './looked-datasets.ts';

const openedOf = (told: Told = {}): OpenedDataset => lookedAt(told).opened;
const opened = openedOf();
const invalid = (reason: string) => new errors.GLIMPSE_DATASET_INVALID(reason);

const refusing =
  (error: Error): Reading =>
  () => {
    throw error;
  };
/** Goes on reading past these reasons, as far as it may. */
const reading =
  (...refused: GlimpseError[]): Reading =>
  (_, { refuse }) => {
    for (const error of refused) refuse!(error);
    return opened;
  };

async function readFar(readings: Reading[], spec: DatasetSpec = { uri: 'x' }, more = {}) {
  const { asked, datasets } = openerBy(...readings);
  const findings = createFindings();
  const { signal } = new AbortController();
  const given = { workDir: 'w', maxBadRows: 3, preprocessing: plainContract, signal };
  const uploads = [{ part: 'dataset', name: 'x', file: 'p' }] as const;
  const read = await readAsFar({ spec, uploads }, { ...given, datasets, findings, ...more });
  return {
    ...read,
    asked,
    given: { ...given, uploads },
    found: findings.list().map(({ code, message }) => `${code}: ${message}`),
  };
}

describe('a dataset that is read as far as it can be', () => {
  it('is opened with what is given, and its rows are observed', async () => {
    const goesWith = { format: 'csv' } as const;
    const observed: Reading = (_, { onExample }) => {
      onExample!(0, example(7));
      return opened;
    };
    const { asked, given, rows, ...read } = await readFar([observed], undefined, { goesWith });
    expect(read).toEqual({ opened, spec: { uri: 'x' }, assumed: [], found: [] });
    expect(asked).toHaveLength(1);
    expect(asked[0]!.spec).toEqual({ uri: 'x' });
    expect(asked[0]!.options).toEqual({
      ...given,
      goesWith,
      ...rows.hooks,
      refuse: expect.any(Function),
    });
    expect(rows.locations.of(0)).toMatchObject({ line: 7 });
  });

  it('is read again after a question with its likeliest answer', async () => {
    const { asked, ...read } = await readFar([
      refusing(undecided('range', 'what is white', { values: [16, 255] })),
      reading(undecided('layout', 'how do they lie', { values: ['hwc'] }), invalid('odd')),
      reading(invalid('even')),
    ]);
    expect(asked.map(({ spec }) => spec)).toEqual([
      { uri: 'x' },
      { uri: 'x', range: 16 },
      { uri: 'x', range: 16, layout: 'hwc' },
    ]);
    expect(read.spec).toEqual({ uri: 'x', range: 16, layout: 'hwc' });
    expect(read.assumed.map(({ cli }) => cli)).toEqual(['--range 16', '--layout hwc']);
    expect(read.found).toEqual([
      'range: What is white',
      'layout: How do they lie',
      'refused: Even',
    ]);
    expect(read.opened).toBe(opened);
  });

  it.each<[string, DatasetSpec, GlimpseError, DatasetSpec | undefined]>([
    ['was answered', { range: 16 }, undecided('range', 'x', { values: [4] }), undefined],
    ['has no answer', {}, undecided('range', 'x'), undefined],
    ['is the place it has', { uri: 'a' }, undecided('uri', 'x', { values: ['a'] }), undefined],
    ['is its place', { uri: 'a' }, undecided('uri', 'x', { values: ['b', 'c'] }), { uri: 'b' }],
    ['is the place of uploads', {}, undecided('uri', 'x', { values: ['b'] }), undefined],
    ['is none', {}, invalid('x'), undefined],
    [
      'is how many bad rows there may be',
      {},
      withDetails(new errors.GLIMPSE_TOO_MANY_BAD_ROWS(3, 9, '1'), { badRows: { count: 3 } }),
      undefined,
    ],
  ])('is read anew or not where a question %s', async (_, spec, error, again) => {
    const thrown = await readFar([refusing(error), reading()], spec);
    expect(thrown.asked.slice(1).map((one) => one.spec)).toEqual(again ? [again] : []);
    expect([thrown.opened, thrown.found.length]).toEqual([again && opened, 1]);
    const passed = await readFar([reading(error)], spec);
    expect(passed.asked[1]?.spec).toEqual(again);
    expect(passed.opened).toBe(opened);
  });

  it('is read six times at most', async () => {
    const options = ['path', 'labelsUri', 'labelColumn', 'range', 'layout', 'shape'] as const;
    const questions = options.map((option) => undecided(option, option, { values: ['a'] }));
    const { asked, ...read } = await readFar([
      ...questions.slice(0, 5).map(refusing),
      (_, { refuse }) => {
        refuse!(questions[5]!);
        throw undecided('classes', 'classes', { values: ['a'] });
      },
    ]);
    expect(asked).toHaveLength(6);
    expect(read.opened).toBeUndefined();
    expect(read.assumed.map(({ option }) => option)).toEqual(options.slice(0, 5));
    expect(read.found).toHaveLength(7);
    const last = await readFar([...questions.slice(0, 5).map(refusing), reading(questions[5]!)]);
    expect([last.asked.length, last.opened, last.found.length]).toEqual([6, opened, 6]);
  });

  it('is named where it lies apart', async () => {
    const { found } = await readFar([refusing(invalid('odd'))], undefined, { within: 'x/test' });
    expect(found).toEqual(['held-out: In x/test: Odd']);
  });

  it.each([
    new errors.GLIMPSE_STORE_UNAVAILABLE('s3', 'away'),
    new errors.GLIMPSE_TRAINING_CANCELLED(),
    Object.assign(new Error('odd'), { statusCode: 422 }),
  ])('is not to blame for %s', async (error) => {
    await expect(readFar([refusing(error)])).rejects.toBe(error);
  });

  it.each([
    new errors.GLIMPSE_DATASET_UNFINISHED('x'),
    new errors.GLIMPSE_DATASET_TOO_LARGE(3),
    new errors.GLIMPSE_UNSUPPORTED_FORMAT('BMP'),
    invalid('odd'),
  ])('is to blame for %s', async (error) => {
    const { found } = await readFar([refusing(error)]);
    expect(found).toHaveLength(1);
  });

  it('ends with the reason of its signal', async () => {
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    await expect(readFar([refusing(invalid('odd'))], {}, { signal })).rejects.toBe(reason);
  });
});

describe('the parts of a dataset that is looked at', () => {
  const request: ResolvedLookRequest = {
    dataset: { uri: 'd' },
    maxBadRows: 4,
    validationSplit: 0.25,
    testSplit: 0.25,
    seed: 1,
  };
  const labels = Array.from({ length: 16 }, (_, index) => index % 2);
  const main = openedOf({ labels, shape: size(2, 1), opened: { format: 'json' } });

  async function partsOf(
    readings: Reading[],
    changes: Partial<ResolvedLookRequest> = {},
    more = {},
  ) {
    const { asked, datasets } = openerBy(...readings);
    const uploads = [{ part: 'dataset', name: 'x', file: 'p' }] as const;
    const { signal } = new AbortController();
    const context = { datasets, uploads, jobDir: 'w', signal, ...more };
    const findings = createFindings();
    const { reading: read, parts } = await readParts({ ...request, ...changes }, context, findings);
    return { asked, read, parts, uploads, signal, found: findings.list() };
  }

  it('are none where it cannot be read', async () => {
    const { parts, read, found } = await partsOf([refusing(invalid('odd'))]);
    expect(parts).toBeUndefined();
    expect(read.opened).toBeUndefined();
    expect(found).toHaveLength(1);
  });

  it('are those of training by the shares and the seed', async () => {
    const { asked, parts, uploads, signal } = await partsOf([() => main]);
    const { split, main: looked, apart } = parts!;
    expect(apart).toBeUndefined();
    expect([split.training, split.validation, split.test].map(({ length }) => length)).toEqual([
      8, 4, 4,
    ]);
    for (const [part, indices] of Object.entries(split) as [string, Int32Array][]) {
      expect([...indices].map((index) => looked.partOf(index))).toEqual(
        Array.from(indices, () => part),
      );
    }
    expect(looked.preprocessing).toEqual(plainContract(size(2, 1)));
    expect(looked.opened).toBe(main);
    expect(asked[0]).toMatchObject({
      spec: { uri: 'd' },
      options: { uploads, workDir: 'w', maxBadRows: 4, signal },
    });
    expect(asked[0]!.options.preprocessing!(size(3, 1))).toEqual(plainContract(size(3, 1)));
    const shares = { validation: 0.25, test: 0.25 };
    const ofTraining = createRandom(1).fork('split');
    expect(split).toEqual(splitExamples(main.dataset.labels, 2, shares, ofTraining));
    const other = await partsOf([() => main], { seed: 2 });
    expect(other.parts!.split).not.toEqual(split);
  });

  it('are prepared as asked, stored, or before', async () => {
    const stored = withMode(plainContract(size(2, 1)), 'cover');
    const inherited = { ...plainContract(size(2, 1)), mean: [0.5] };
    const kept: Reading = () => ({ ...main, preprocessing: stored });
    const { asked, parts } = await partsOf(
      [kept],
      { preprocessing: { polarity: 'light-on-dark' } },
      { inherited },
    );
    const asIs = { ...inherited, polarity: 'light-on-dark' };
    expect(asked[0]!.options.preprocessing!(size(2, 1))).toEqual(asIs);
    expect(parts!.main.preprocessing).toEqual({ ...stored, polarity: 'light-on-dark' });
    const digits = await partsOf([() => openedOf({ shape: size(28, 28) })], {
      dataset: { uri: 'mnist:' },
    });
    expect(digits.parts!.main.preprocessing.canonicalise).toBe('handwriting');
  });

  it('lie apart where the dataset has some, and nothing of the rest is measured on then', async () => {
    const stored = withMode(plainContract(size(2, 1)), 'cover');
    const inherited = { ...plainContract(size(2, 1)), mean: [0.5] };
    const test = openedOf({ labels: [0, 1, 1], shape: size(2, 1) });
    const heldOut = { uri: 'd/test' };
    const { asked, parts } = await partsOf(
      [
        () => ({ ...main, heldOut, preprocessing: stored }),
        (_, { onExample }) => {
          onExample!(0, example(1, { entry: 'a.png' }));
          return test;
        },
      ],
      {},
      { inherited },
    );
    const { split, apart } = parts!;
    expect(split.test).toHaveLength(0);
    expect(split.validation).toHaveLength(4);
    expect(apart).toMatchObject({ opened: test, name: 'd/test', preprocessing: inherited });
    expect(apart!.partOf(0)).toBe('test');
    expect(apart!.nameOf(0)).toBe('test/a.png');
    expect(asked[1]!.spec).toEqual({ uri: 'd/test', classes: ['a', 'b'], shape: size(2, 1) });
    expect(asked[1]!.options).toMatchObject({
      uploads: [],
      workDir: 'w',
      maxBadRows: 4,
      goesWith: { uri: 'd', format: 'json' },
    });
    expect(asked[1]!.options.preprocessing!(size(2, 1))).toEqual({ ...inherited, ...stored });
  });

  it.each([
    [{ path: 'in/eval' }, 'eval/line 1'],
    [{ split: 'test' }, 'test/line 1'],
  ])('that lie apart are called by their folder: %j', async (heldOut, name) => {
    const { parts } = await partsOf([
      () => ({ ...main, heldOut }) as never,
      (_, { onExample }) => {
        onExample!(0, example(1));
        return openedOf();
      },
    ]);
    expect(parts!.apart!.nameOf(0)).toBe(name);
  });

  it('that cannot be read are told, and others are measured on', async () => {
    const { parts, found } = await partsOf([
      () => ({ ...main, heldOut: { uri: 'd/test' } }),
      refusing(invalid('odd')),
    ]);
    expect(parts!.apart).toBeUndefined();
    expect(parts!.split.test).toHaveLength(4);
    expect(found).toMatchObject([{ code: 'held-out', message: 'In d/test: Odd' }]);
  });
});

import { describe, expect, it } from 'vitest';
import { withDigest } from '../../src/datasets/dataset.ts';
import { describeDataset, nameOfDataset } from '../../src/datasets/report.ts';
import { ignoreMore, nothingIgnored } from '../../src/datasets/source.ts';
import { isHandwrittenDigits } from '../../src/datasets/spec.ts';

const digest = '0123456789abcdef'.repeat(4);

describe('the name of a dataset in figures', () => {
  it.each([
    [{ uri: 'mnist:' }, 'mnist:'],
    [{ uri: 'mnist:', offset: 0, limit: 10 }, 'mnist: 0..9'],
    [{ uri: 'mnist:', offset: 50_000, limit: 10_000 }, 'mnist: 50000..59999'],
    [{ uri: 'mnist:', offset: 5 }, 'mnist: 5..'],
    [{ uri: `dataset:fruit@${digest}` }, 'dataset:fruit@0123456789ab'],
    [{ uri: `DATASET:a.b@${digest.toUpperCase()}`, limit: 1 }, 'DATASET:a.b@0123456789AB 0..0'],
    [{ uri: 'dataset:fruit@0123456789abc' }, 'dataset:fruit@0123456789ab'],
    [{ uri: 'dataset:fruit@0123456789abcx' }, 'dataset:fruit@0123456789abcx'],
    [{ uri: `a/dataset:fruit@${digest}` }, `a/dataset:fruit@${digest}`],
    [{ uri: 's3://b/x.zip', split: 'test' as const }, 's3://b/x.zip (test)'],
    [{ split: 'test' as const, limit: 2 }, 'the upload (test) 0..1'],
    [{ path: 'a/b', split: 'test' as const }, 'the upload (a/b, test)'],
    [{}, 'the uploaded evaluation dataset'],
  ])('of %j is "%s"', (spec, name) => {
    expect(nameOfDataset(spec)).toBe(name);
  });
});

describe('the report on a dataset', () => {
  const opened: Parameters<typeof describeDataset>[0] = {
    dataset: withDigest({
      pixels: Uint8Array.of(1, 2, 3),
      labels: Int32Array.of(1, 0, 1),
      shape: { width: 1, height: 1, channels: 1 },
      classes: ['a', 'b', 'c'],
    }),
    format: 'csv',
    badRows: { count: 1, rows: [{ line: 4, reason: 'why' }] },
    rowsRead: 4,
    damaged: { count: 0, rows: [] },
    ignored: nothingIgnored,
  };
  const parts = [Int32Array.of(0, 1), Int32Array.of(2), new Int32Array(0)] as const;
  const usual = {
    examples: 3,
    format: 'csv',
    rowsRead: 4,
    badRows: { count: 1, rows: [{ line: 4, reason: 'why' }] },
    classes: ['a', 'b', 'c'],
    classCounts: [1, 2, 0],
    digest: opened.dataset.digest,
    shape: { width: 1, height: 1, channels: 1 },
    parts: { training: 2, validation: 1, test: 0 },
  };

  it('counts its examples, its classes and its parts', () => {
    expect(describeDataset(opened, ...parts)).toEqual(usual);
  });

  it('tells of damaged images and of files that were not read, if there are any', () => {
    const damaged = { count: 1, rows: [{ line: 2, entry: 'a.png' }] };
    const ignored = ignoreMore(nothingIgnored, ['b.zip', 'c.txt'], 'why');
    expect(describeDataset({ ...opened, damaged, ignored }, ...parts)).toEqual({
      ...usual,
      damaged,
      ignored: { count: 2, archives: 1, names: ['b.zip', 'c.txt'] },
    });
  });
});

describe('handwritten digits', () => {
  it('are those of MNIST and of the samples', () => {
    const areDigits = [{ uri: 'mnist:test' }, { uri: 'Sample:' }, { uri: 'x/mnist:' }, {}].map(
      isHandwrittenDigits,
    );
    expect(areDigits).toEqual([true, true, false, false]);
  });
});

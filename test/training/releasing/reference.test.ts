import { describe, expect, it } from 'vitest';
import type { Lineage } from '../../../src/repository/manifest.ts';
import { referenceOf, withReference } from '../../../src/training/releasing/reference.ts';

const reference = (lineage: Lineage) => referenceOf({ lineage });
const hyperparameters = { validationSplit: 0.1, testSplit: 0.2 };

describe('what a model is measured on from version to version', () => {
  it('is what its first version was evaluated on, by name and digest', () => {
    const evaluation = { uri: 'mnist:', offset: 50_000, limit: 10_000, digest: 'e' };
    const dataset = { uri: 'mnist:', digest: 'd', examples: 50_000, parts: {}, evaluation };
    expect(reference({ dataset, seed: 1, hyperparameters })).toEqual({
      dataset: { uri: 'mnist:', offset: 50_000, limit: 10_000 },
      digest: 'e',
    });
  });

  it('is the part that was set aside of a dataset that can be read again', () => {
    const dataset = { uri: 'dataset:shapes@12', digest: 'd', badRows: 0 };
    expect(reference({ dataset, seed: 7, hyperparameters })).toEqual({
      dataset: { uri: 'dataset:shapes@12' },
      digest: 'd',
      split: { seed: 7, validation: 0.1, test: 0.2 },
    });
  });

  it('is handed on as it stands', () => {
    const first = { dataset: { uri: 'sample:test' }, digest: 's' };
    const dataset = { uri: 'a.csv', digest: 'd', reference: first };
    expect(reference({ dataset, seed: 7, hyperparameters })).toEqual(first);
  });

  it('is handed on by a version that was trained elsewhere', () => {
    const first = { dataset: { uri: 'sample:test' }, digest: 's' };
    const present = { lineage: { dataset: { digest: 'd', reference: first } } };
    const lineage = withReference({ source: 'x.onnx' }, present);
    expect(lineage.source).toBe('x.onnx');
    expect(reference(lineage)).toEqual(first);
    expect(withReference({ source: 'x.onnx' }, undefined)).toEqual({ source: 'x.onnx' });
  });

  it.each<[string, Lineage]>([
    ['a version from elsewhere', { source: 'x.onnx' }],
    ['uploaded files', { dataset: { digest: 'd' }, seed: 1, hyperparameters }],
    [
      'an uploaded evaluation dataset',
      { dataset: { uri: 'a.csv', digest: 'd', evaluation: { digest: 'e' } } },
    ],
    ['a dataset without a digest', { dataset: { uri: 'a.csv' }, seed: 1, hyperparameters }],
    [
      'a dataset of which nothing was set aside',
      {
        dataset: { uri: 'a.csv', digest: 'd' },
        seed: 1,
        hyperparameters: { validationSplit: 0, testSplit: 0 },
      },
    ],
    ['a run without a seed', { dataset: { uri: 'a.csv', digest: 'd' }, hyperparameters }],
    ['a lineage of another form', { dataset: { uri: 7, digest: 'd' }, seed: 1, hyperparameters }],
  ])('is nothing for %s', (_, lineage) => {
    expect(reference(lineage)).toBeUndefined();
  });
});

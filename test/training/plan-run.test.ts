import { describe, expect, it } from 'vitest';
import { mnistPreprocessing } from '../../src/preprocessing/contract-one.ts';
import { planRun } from '../../src/training/plan-run.ts';
import type { TrainRequest } from '../../src/training/request.ts';
import { resolveTrainRequest } from '../../src/training/resolve-request.ts';

const planOf = (request: TrainRequest, parts: readonly string[] = []) =>
  planRun(
    resolveTrainRequest(
      { architecture: 'dense', ...request },
      { defaultModel: 'digits', hasMnist: false, hasUploads: true },
    ),
    parts.map((part) => ({ part, name: `${part}.csv`, file: '/x' })),
  );

describe('the plan of a run', () => {
  it('gives every dataset its own files, and the shares and rows it may lose', () => {
    const { data } = planOf({ evaluation: { format: 'csv' }, testSplit: 0.3, maxBadRows: 5 }, [
      'file',
      'evaluation',
      'more',
    ]);
    expect(data.dataset.uploads.map(({ part }) => part)).toEqual(['file', 'more']);
    expect(data.evaluation?.uploads.map(({ part }) => part)).toEqual(['evaluation']);
    expect(data.shares).toEqual({ validation: 0, test: 0.3 });
    expect(data.maxBadRows).toBe(5);
    expect(planOf({}).data.evaluation).toBeUndefined();
  });

  it('tells the version all that decides what is learnt, and nothing of where it goes', () => {
    const { recipe, publication } = planOf({
      model: 'm',
      publish: { label: 'candidate' },
      seed: 7,
      l2: 0.1,
    });
    expect(publication).toEqual({ model: 'm', label: 'candidate' });
    expect(recipe).toMatchObject({ seed: 7, architecture: 'dense', dataset: {} });
    expect(recipe.hyperparameters).toMatchObject({ l2: 0.1, epochs: 50, augmentation: 'shift' });
    for (const elsewhere of ['model', 'publish', 'seed', 'dataset', 'architecture', 'note']) {
      expect(recipe.hyperparameters).not.toHaveProperty(elsewhere);
    }
  });

  it.each([
    [{ dataset: { uri: 'sample:' } }, 'handwriting'],
    [{ augmentation: 'handwriting' as const }, 'handwriting'],
    [{ dataset: { uri: 'x.csv' } }, 'none'],
    [{ preprocessing: { canonicalise: 'handwriting' as const } }, 'handwriting'],
  ])(
    'brings images into the frame of handwriting where that is meant: %j',
    (request, canonicalise) => {
      const { width, height } = mnistPreprocessing;
      const { prepareFor } = planOf(request).data;
      expect(prepareFor({ width, height, channels: 1 })).toMatchObject({ canonicalise });
    },
  );

  it('is another text for another request only', () => {
    expect(planOf({ epochs: 2, seed: 1 }).requestText).toBe(
      planOf({ seed: 1, epochs: 2 }).requestText,
    );
    expect(planOf({ epochs: 2 }).requestText).not.toBe(planOf({ epochs: 3 }).requestText);
  });
});

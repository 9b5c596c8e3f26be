import { describe, expect, it } from 'vitest';
import { resolveArchitecture } from '../../src/neural/architectures.ts';
import { buildInferenceGraph } from '../../src/neural/inference-graph.ts';
import { buildTrainingGraph } from '../../src/neural/training-graph.ts';
import { type TrainingOptions } from '../../src/neural/training-options.ts';

const inputShape = [1, 2, 3];
const layers = resolveArchitecture('dense', { inputShape, classes: 4 });
const good: TrainingOptions = {
  layers,
  inputShape,
  classes: 4,
  batchSize: 5,
  optimizer: { name: 'sgd' },
};

const mistakes: [claim: string, options: Partial<TrainingOptions>, message: RegExp][] = [
  ['a batch of none', { batchSize: 0 }, /batchSize is not valid: it must be at least 1/],
  ['half an example', { batchSize: 2.5 }, /batchSize/],
  ['smoothing everything away', { labelSmoothing: 1 }, /labelSmoothing is not valid/],
  ['smoothing that is not a number', { labelSmoothing: NaN }, /labelSmoothing/],
  ['negative L2', { l2: -1 }, /l2 is not valid: it must be 0 or more/],
  ['a clip of nothing', { gradientClip: 0 }, /gradientClip is not valid: it must be more than 0/],
  ['too few class weights', { classWeights: [1] }, /there are 1 for 4 classes/],
  ['a negative class weight', { classWeights: [1, 1, 1, -1] }, /classWeights is not valid: each/],
];

describe('buildTrainingGraph refuses', () => {
  it.each(mistakes)('%s', (_, options, message) => {
    const attempt = () => buildTrainingGraph({ ...good, ...options });
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(expect.objectContaining({ code: 'GLIMPSE_HYPERPARAMETER_INVALID' }));
  });
});

describe('buildInferenceGraph refuses', () => {
  it('values that lack a tensor', () => {
    const values = new Map<string, Float32Array>();
    expect(() => buildInferenceGraph({ layers, inputShape, values })).toThrow(
      '2.dense.kernel is missing or misshapen',
    );
  });

  it('a temperature of nothing', () => {
    expect(() =>
      buildInferenceGraph({ layers, inputShape, values: new Map(), temperature: 0 }),
    ).toThrow('a temperature is positive');
  });
});

import { countParameters, resolveArchitecture } from '../neural/architectures.ts';
import { resolveOptimizer } from '../neural/optimizers.ts';
import type { Random } from '../random.ts';
import type { Preprocessing } from '../signature.ts';
import { errors } from '../errors.ts';
import { resolveAugmentation } from './examples/augmentation-spec.ts';
import { createInlineSource, createPrefetchedSource } from './examples/batch-source.ts';
import type { ChosenExamples } from './examples/choose.ts';
import { classCounts, type Dataset } from '../datasets/dataset.ts';
import { preprocessingFor } from '../datasets/preprocessing-for.ts';
import type { ResolvedTrainRequest } from './request.ts';
import type { TrainerOptions } from './steps/trainer.ts';

/** What a request means for the dataset it met. */
export interface RunPlan {
  readonly preprocessing: Preprocessing;
  /** [channels, height, width] of one example. */
  readonly inputShape: readonly number[];
  readonly parameters: number;
  readonly trainer: TrainerOptions;
}

/** Of one step. One thread was as fast as two for small nets, and its sums do not depend on the machine's cores. */
const STEP_THREADS = 1;

/**
 * `threads` is how many the run may keep busy: with two, augmented batches are made beside the step, and two
 * take part where the request shares its batches; what is learnt is the same. Throws GLIMPSE_ARCHITECTURE_INVALID or GLIMPSE_HYPERPARAMETER_INVALID before any step is paid for.
 */
export function planRun(
  request: ResolvedTrainRequest,
  chosen: ChosenExamples,
  random: Random,
  threads: number,
): RunPlan {
  const { dataset, training } = chosen;
  const { shape, classes } = dataset;
  if (request.earlyStopping && chosen.validation.indices.length === 0) {
    throw new errors.GLIMPSE_HYPERPARAMETER_INVALID(
      'earlyStopping',
      'there are no validation examples; set validationSplit',
    );
  }
  const preprocessing = preprocessingFor(request, shape, chosen.preprocessing);
  const inputShape = [shape.channels, shape.height, shape.width];
  const layers = resolveArchitecture(request.architecture, {
    inputShape,
    classes: classes.length,
  });
  const augmentation = resolveAugmentation(request.augmentation, shape);
  const batching = {
    dataset,
    indices: training,
    preprocessing,
    batchSize: request.batchSize,
    augmentation,
    random: random.fork('batches'),
  };
  const batches =
    augmentation && threads > 1
      ? createPrefetchedSource(batching, request.epochs)
      : createInlineSource(batching);
  const { batchSize, epochs, schedule, labelSmoothing, l2, gradientClip } = request;
  return {
    preprocessing,
    inputShape,
    parameters: countParameters(layers).trainable,
    trainer: {
      layers,
      inputShape,
      classes: classes.length,
      batches,
      batchSize,
      epochs,
      schedule,
      labelSmoothing,
      l2,
      gradientClip,
      optimizer: resolveOptimizer(request.optimizer),
      classWeights: weightsOf(request, dataset, training),
      random: random.fork('trainer'),
      threads: STEP_THREADS,
      parallelism: { workers: request.workers, threads },
    },
  };
}

function weightsOf(
  { classWeights }: ResolvedTrainRequest,
  { classes, labels }: Dataset,
  training: Int32Array,
): readonly number[] | undefined {
  if (classWeights === undefined) return undefined;
  if (classWeights === 'balanced') {
    const counts = classCounts(
      training.map((index) => labels[index]!),
      classes.length,
    );
    return counts.map((count) => (count === 0 ? 0 : training.length / (classes.length * count)));
  }
  const unknown = Object.keys(classWeights).find((name) => !classes.includes(name));
  if (unknown !== undefined) {
    throw new errors.GLIMPSE_HYPERPARAMETER_INVALID(
      'classWeights',
      `"${unknown}" is not one of the classes`,
    );
  }
  return classes.map((name) => classWeights[name] ?? 1);
}

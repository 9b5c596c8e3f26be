import { countParameters, resolveArchitecture } from '../neural/architectures.ts';
import { resolveOptimizer } from '../neural/optimizers.ts';
import type { Random } from '../random.ts';
import { errors } from '../errors.ts';
import { resolveAugmentation } from './examples/augmentation-spec.ts';
import { createInlineSource, createPrefetchedSource } from './examples/batch-source.ts';
import { inputShapeOf, type Examples, type Outliers } from './examples/batches.ts';
import type { ResolvedLayer } from '../neural/layers/kinds.ts';
import type { StartedNet } from './start-from.ts';
import { classCounts } from '../datasets/dataset.ts';
import type { ResolvedTrainRequest } from './request.ts';
import type { TrainerOptions } from './steps/trainer.ts';

/** What a request says about the net and the steps it is trained by. */
export type NetPlan = Pick<
  ResolvedTrainRequest,
  | 'architecture'
  | 'augmentation'
  | 'batchSize'
  | 'classWeights'
  | 'epochs'
  | 'gradientClip'
  | 'l2'
  | 'labelSmoothing'
  | 'optimizer'
  | 'schedule'
  | 'workers'
>;

/** The same with everything decided for the examples at hand. */
export interface ResolvedNet {
  readonly parameters: number;
  readonly trainer: TrainerOptions;
}

/** Of one step. One thread was as fast as two for small nets, and its sums do not depend on the machine's cores. */
const STEP_THREADS = 1;

/** What a net is made for, and of. */
export interface NetContext {
  readonly learnt: Examples;
  readonly outliers?: Outliers | undefined;
  /** Undefined: it starts from random parameters. */
  readonly started?: StartedNet | undefined;
  readonly random: Random;
  readonly threads: number;
}

/** The layers asked for, for these examples. Throws GLIMPSE_ARCHITECTURE_INVALID. */
export function layersOf(
  { architecture }: Pick<NetPlan, 'architecture'>,
  examples: Examples,
): ResolvedLayer[] {
  const inputShape = inputShapeOf(examples);
  const classes = examples.dataset.classes.length;
  return resolveArchitecture(architecture, { inputShape, classes });
}

/**
 * `threads` is how many the run may keep busy: with two, augmented batches are made beside the step, and two
 * take part where the plan shares its batches; what is learnt is the same. Throws
 * GLIMPSE_ARCHITECTURE_INVALID or GLIMPSE_HYPERPARAMETER_INVALID before any step is paid for.
 */
export function resolveNet(
  plan: NetPlan,
  { learnt, outliers, started, random, threads }: NetContext,
): ResolvedNet {
  const { augmentation, optimizer, classWeights, workers } = plan;
  const { batchSize, epochs, schedule, labelSmoothing, l2, gradientClip } = plan;
  const { shape, classes } = learnt.dataset;
  const inputShape = inputShapeOf(learnt);
  const layers = started?.layers ?? layersOf(plan, learnt);
  const amounts = resolveAugmentation(augmentation, shape);
  const chance = random.fork('batches');
  const batching = { ...learnt, batchSize, augmentation: amounts, outliers, random: chance };
  return {
    parameters: countParameters(layers).trainable,
    trainer: {
      layers,
      inputShape,
      classes: classes.length,
      batches:
        amounts && threads > 1
          ? createPrefetchedSource(batching, epochs)
          : createInlineSource(batching),
      batchSize,
      epochs,
      schedule,
      labelSmoothing,
      l2,
      gradientClip,
      optimizer: resolveOptimizer(optimizer),
      classWeights: weightsOf(classWeights, learnt),
      ...(outliers && { hasOutliers: true }),
      ...(started && { initial: started.initial }),
      random: random.fork('trainer'),
      threads: STEP_THREADS,
      parallelism: { workers, threads },
    },
  };
}

function weightsOf(
  classWeights: NetPlan['classWeights'],
  { dataset: { classes, labels }, indices }: Examples,
): readonly number[] | undefined {
  if (classWeights === undefined) return undefined;
  if (classWeights === 'balanced') {
    const counts = classCounts(
      indices.map((index) => labels[index]!),
      classes.length,
    );
    return counts.map((count) => (count === 0 ? 0 : indices.length / (classes.length * count)));
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

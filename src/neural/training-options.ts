import { errors } from '../errors.ts';
import type { ResolvedLayer } from './layers/kinds.ts';
import type { Shape } from './layers/layer.ts';
import type { OptimizerSpec } from './optimizers.ts';

/** What one training step computes. */
export interface TrainingOptions {
  readonly layers: readonly ResolvedLayer[];
  /** [channels, height, width] of one example. */
  readonly inputShape: Shape;
  readonly classes: number;
  /** A graph is for exactly this many examples; a remainder batch runs a graph of its own. */
  readonly batchSize: number;
  readonly optimizer: OptimizerSpec;
  readonly labelSmoothing?: number;
  /** Strength of L2 on kernels: adds `l2 * sum(w^2)` to what is minimised (not to the reported loss). */
  readonly l2?: number;
  /** The largest norm all gradients together may have. */
  readonly gradientClip?: number;
  /** One factor for each class, applied to the loss of its examples. */
  readonly classWeights?: readonly number[];
  /** Some rows are outliers: their targets say every class alike, and they are right with none. */
  readonly hasOutliers?: boolean;
}

/** GLIMPSE_HYPERPARAMETER_INVALID for what no step can be built from. */
export function checkOptions(options: TrainingOptions): void {
  const {
    batchSize,
    classes,
    labelSmoothing = 0,
    l2 = 0,
    gradientClip = 1,
    classWeights,
  } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1) refuse('batchSize', 'it must be at least 1');
  if (!(labelSmoothing >= 0 && labelSmoothing < 1))
    refuse('labelSmoothing', 'it must be in [0, 1)');
  if (!(l2 >= 0 && Number.isFinite(l2))) refuse('l2', 'it must be 0 or more');
  if (!(gradientClip > 0)) refuse('gradientClip', 'it must be more than 0');
  if (!classWeights) return;
  if (classWeights.length !== classes) {
    refuse('classWeights', `there are ${classWeights.length} for ${classes} classes`);
  }
  if (!classWeights.every((weight) => weight >= 0 && Number.isFinite(weight))) {
    refuse('classWeights', 'each must be 0 or more');
  }
}

function refuse(name: string, why: string): never {
  throw new errors.GLIMPSE_HYPERPARAMETER_INVALID(name, why);
}

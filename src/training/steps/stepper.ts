import type { ResolvedLayer } from '../../neural/layers/kinds.ts';
import type { OptimizerSpec } from '../../neural/optimizers.ts';
import type { NoiseInput } from '../../neural/forward-and-update.ts';
import type { StateSlot } from '../../neural/state.ts';
import type { TrainingOptions } from '../../neural/training-options.ts';
import type { Random } from '../../random.ts';
import type { GraphValue } from '../../runtime/graph-session.ts';
import { sizeOf } from '../../tensor.ts';
import type { Batch } from '../examples/batches.ts';

export interface StepperOptions {
  readonly layers: readonly ResolvedLayer[];
  /** [channels, height, width] of one example. */
  readonly inputShape: readonly number[];
  readonly classes: number;
  readonly optimizer: OptimizerSpec;
  readonly labelSmoothing: number;
  readonly l2: number;
  readonly gradientClip?: number | undefined;
  readonly classWeights?: readonly number[] | undefined;
  /** Whether batches hold outliers beside the examples. */
  readonly hasOutliers?: boolean;
  /** Parameters to start from, by state name, instead of random ones. */
  readonly initial?: ReadonlyMap<string, Float32Array> | undefined;
  readonly random: Random;
  readonly threads: number;
}

/** Takes the steps of a run and carries its state from one to the next. */
export interface Stepper {
  /** A step on the batch at this position of the run. */
  step(batch: Batch, position: StepPosition, learningRate: number): Promise<StepFigures>;
  /** Present values as feeds, without a copy: valid until the next step. */
  feeds(): Record<string, GraphValue>;
  /** Copies of the present values: parameters, running averages and optimizer slots by name. */
  values(): Map<string, Float32Array>;
  close(): Promise<void>;
}

/** Chance is drawn from streams named after it, so any step can be taken at any time. */
export interface StepPosition {
  readonly epoch: number;
  readonly step: number;
}

export interface StepFigures {
  /** The mean over the batch. */
  readonly loss: number;
  /** How many predictions were right. */
  readonly correct: number;
}

/** The options of the graphs for one size of batch. */
export function graphOptions(
  { gradientClip, classWeights, ...rest }: StepperOptions,
  batchSize: number,
): TrainingOptions {
  return {
    ...rest,
    batchSize,
    ...(gradientClip !== undefined && { gradientClip }),
    ...(classWeights && { classWeights }),
  };
}

/** Random values for parameters unless they are given, and the start of everything else that is carried. */
export function initialValues(
  slots: readonly StateSlot[],
  { random, initial }: Pick<StepperOptions, 'random' | 'initial'>,
): Map<string, Float32Array> {
  const chance = random.fork('initial values');
  return new Map(
    slots.map((slot) => [slot.name, initial?.get(slot.name) ?? slot.initialise(chance)]),
  );
}

/** Dropout masks for one step, scaled so that expected sums stay the same. */
export function drawNoise(
  noise: readonly NoiseInput[],
  random: Random,
): Record<string, GraphValue> {
  return Object.fromEntries(
    noise.map(({ name, shape, keepProbability }) => {
      const mask = new Float32Array(sizeOf(shape));
      const kept = 1 / keepProbability;
      for (let i = 0; i < mask.length; i += 1) mask[i] = random.next() < keepProbability ? kept : 0;
      return [name, float(shape, mask)];
    }),
  );
}

/** A float32 tensor as a graph takes it. */
export function float(dims: readonly number[], data: Float32Array): GraphValue {
  return { type: 'float32', dims, data };
}

/** The number in a tensor of one value. */
export function scalar(value: GraphValue | undefined): number {
  return Number(value?.data[0]);
}

import { errors } from '../errors.ts';
import type { ResolvedLayer } from '../neural/layers/kinds.ts';
import type { OptimizerSpec } from '../neural/optimizers.ts';
import { learningRateAt, type Schedule } from '../neural/schedules.ts';
import {
  buildTrainingGraph,
  type NoiseInput,
  type TrainingGraph,
} from '../neural/training-graph.ts';
import type { Random } from '../random.ts';
import {
  createCarriedState,
  openGraphSession,
  type CarriedState,
  type GraphSession,
  type GraphValue,
} from '../runtime/graph-session.ts';
import { sizeOf } from '../tensor.ts';
import type { BatchSource } from './batch-source.ts';

export interface TrainerOptions {
  readonly layers: readonly ResolvedLayer[];
  /** [channels, height, width] of one example. */
  readonly inputShape: readonly number[];
  readonly classes: number;
  readonly batches: BatchSource;
  readonly batchSize: number;
  readonly epochs: number;
  readonly optimizer: OptimizerSpec & { readonly learningRate: number };
  readonly schedule: Schedule;
  readonly labelSmoothing: number;
  readonly l2: number;
  readonly gradientClip?: number | undefined;
  readonly classWeights?: readonly number[] | undefined;
  readonly random: Random;
  readonly threads: number;
}

/** Where a run stands between two steps; with the same options, all that is needed to go on. */
export interface TrainerState {
  /** The epoch being worked on, from 0, and how many of its steps are done. */
  readonly epoch: number;
  readonly step: number;
  /** Sums over the examples of this epoch so far. */
  readonly lossSum: number;
  readonly correct: number;
  /** Parameters, running averages and optimizer slots by name. */
  readonly values: ReadonlyMap<string, Float32Array>;
}

export interface EpochFigures {
  readonly loss: number;
  readonly accuracy: number;
  /** The learning rate of the last step. */
  readonly learningRate: number;
}

/** Steps a net through its batches. Everything it does follows from its options and its state. */
export interface Trainer {
  readonly epoch: number;
  /** Present values as feeds, without a copy: valid until the next step. */
  feeds(): Record<string, GraphValue>;
  state(): TrainerState;
  /**
   * Runs the rest of the present epoch and moves on to the next. `afterStep` is awaited between steps.
   * Rejects with the signal's reason, or GLIMPSE_TRAINING_DIVERGED once the loss is not a number.
   */
  runEpoch(signal: AbortSignal, afterStep?: (step: number) => unknown): Promise<EpochFigures>;
  close(): Promise<void>;
}

export async function createTrainer(
  options: TrainerOptions,
  from?: TrainerState,
): Promise<Trainer> {
  const { batches, epochs, optimizer, schedule } = options;
  const graphs = createGraphs(options);
  const { graph: first } = await graphs.forSize(Math.min(options.batchSize, batches.examples));
  const values = from?.values ?? initialValues(first, options.random);
  const state: CarriedState = createCarriedState(first.state, values);
  let { epoch, step, lossSum, correct } = from ?? { epoch: 0, step: 0, lossSum: 0, correct: 0 };

  const runStep = async (learningRate: number): Promise<void> => {
    const { size, examples, targets } = await batches.make(epoch, step);
    const { graph, session } = await graphs.forSize(size);
    const { inputs, outputs } = graph;
    const feeds = {
      [inputs.examples]: float([size, ...options.inputShape], examples),
      [inputs.targets]: float([size, options.classes], targets),
      [inputs.learningRate]: float([], Float32Array.of(learningRate)),
      ...drawNoise(graph.noise, options.random.fork(`noise ${epoch} ${step}`)),
    };
    const results = await session.step(state, feeds, [outputs.loss, outputs.correct]);
    const loss = scalar(results[outputs.loss]);
    if (!Number.isFinite(loss)) throw new errors.GLIMPSE_TRAINING_DIVERGED(epoch + 1, step + 1);
    lossSum += loss * size;
    correct += scalar(results[outputs.correct]);
    step += 1;
  };

  return {
    get epoch() {
      return epoch;
    },
    feeds: () => state.feeds(),
    state: () => ({ epoch, step, lossSum, correct, values: state.read() }),
    async runEpoch(signal, afterStep) {
      let learningRate = optimizer.learningRate;
      while (step < batches.perEpoch) {
        signal.throwIfAborted();
        const done = epoch * batches.perEpoch + step;
        learningRate = learningRateAt(
          schedule,
          optimizer.learningRate,
          done,
          epochs * batches.perEpoch,
        );
        await runStep(learningRate);
        await afterStep?.(step);
      }
      const { examples } = batches;
      const figures = { loss: lossSum / examples, accuracy: correct / examples, learningRate };
      epoch += 1;
      [step, lossSum, correct] = [0, 0, 0];
      return figures;
    },
    close: () => graphs.close(),
  };
}

/** Training graphs by batch size: the usual one, and one for the remainder of an epoch. */
function createGraphs(options: TrainerOptions) {
  const open = new Map<number, Promise<{ graph: TrainingGraph; session: GraphSession }>>();
  const build = async (batchSize: number) => {
    const { gradientClip, classWeights, ...rest } = options;
    const graph = buildTrainingGraph({
      ...rest,
      batchSize,
      ...(gradientClip !== undefined && { gradientClip }),
      ...(classWeights && { classWeights }),
    });
    const session = await openGraphSession(graph.model, { threads: options.threads });
    return { graph, session };
  };
  return {
    forSize(batchSize: number) {
      const known = open.get(batchSize) ?? build(batchSize);
      open.set(batchSize, known);
      return known;
    },
    async close() {
      const all = await Promise.allSettled(open.values());
      for (const one of all) if (one.status === 'fulfilled') await one.value.session.close();
    },
  };
}

function initialValues(graph: TrainingGraph, random: Random): Map<string, Float32Array> {
  const chance = random.fork('initial values');
  return new Map(graph.state.map((slot) => [slot.name, slot.initialise(chance)]));
}

function drawNoise(noise: readonly NoiseInput[], random: Random): Record<string, GraphValue> {
  return Object.fromEntries(
    noise.map(({ name, shape, keepProbability }) => {
      const mask = new Float32Array(sizeOf(shape));
      const kept = 1 / keepProbability;
      for (let i = 0; i < mask.length; i += 1) mask[i] = random.next() < keepProbability ? kept : 0;
      return [name, float(shape, mask)];
    }),
  );
}

function float(dims: readonly number[], data: Float32Array): GraphValue {
  return { type: 'float32', dims, data };
}

function scalar(value: GraphValue | undefined): number {
  const number = Number(value?.data[0]);
  return number;
}

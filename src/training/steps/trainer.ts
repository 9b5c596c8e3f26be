import { errors } from '../../errors.ts';
import { learningRateAt, type Schedule } from '../../neural/schedules.ts';
import type { GraphValue } from '../../runtime/graph-session.ts';
import type { BatchSource } from '../examples/batch-source.ts';
import { createSingleStepper } from './single-stepper.ts';
import { createDataParallelStepper, type DataParallelism } from './data-parallel-stepper.ts';
import type { StepperOptions } from './stepper.ts';

export interface TrainerOptions extends StepperOptions {
  readonly batches: BatchSource;
  readonly batchSize: number;
  readonly epochs: number;
  readonly optimizer: StepperOptions['optimizer'] & { readonly learningRate: number };
  readonly schedule: Schedule;
  /** With one worker every step is taken by this thread alone. */
  readonly parallelism: DataParallelism;
}

/** Where a run stands between two steps; with the same options, all that is needed to go on. */
export interface TrainerState {
  /** The epoch being worked on, from 0, and how many of its steps are done. */
  readonly epoch: number;
  readonly step: number;
  /** Sums over the rows of this epoch so far. */
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

/** A trainer at the start of a run, or where `from` left off. */
export async function createTrainer(
  options: TrainerOptions,
  from?: TrainerState,
): Promise<Trainer> {
  const { batches, epochs, schedule, parallelism, ...rest } = options;
  const { optimizer } = rest;
  const { usualSize } = batches;
  const stepper =
    parallelism.workers > 1
      ? await createDataParallelStepper(rest, parallelism, usualSize, from?.values)
      : await createSingleStepper(rest, usualSize, from?.values);
  let { epoch, step, lossSum, correct } = from ?? { epoch: 0, step: 0, lossSum: 0, correct: 0 };

  const runStep = async (learningRate: number): Promise<void> => {
    const batch = await batches.make(epoch, step);
    const figures = await stepper.step(batch, { epoch, step }, learningRate);
    if (!Number.isFinite(figures.loss)) {
      throw new errors.GLIMPSE_TRAINING_DIVERGED(epoch + 1, step + 1);
    }
    lossSum += figures.loss * batch.size;
    correct += figures.correct;
    step += 1;
  };

  return {
    get epoch() {
      return epoch;
    },
    feeds: () => stepper.feeds(),
    state: () => ({ epoch, step, lossSum, correct, values: stepper.values() }),
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
      const { examples, rows } = batches;
      const figures = { loss: lossSum / rows, accuracy: correct / examples, learningRate };
      epoch += 1;
      [step, lossSum, correct] = [0, 0, 0];
      return figures;
    },
    close: () => stepper.close(),
  };
}

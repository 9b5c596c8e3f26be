import { errors } from '../errors.ts';
import { buildEvaluationGraph } from '../neural/inference-graph.ts';
import type { ResolvedLayer } from '../neural/layers/kinds.ts';
import { floats, openGraphSession, type GraphValue } from '../runtime/graph-session.ts';
import type { Examples } from './examples/batches.ts';
import { measure, type Infer } from './measuring/evaluate.ts';
import type { Epoch, TrainEvent } from './events.ts';
import type { ResolvedTrainRequest } from './request.ts';
import {
  createTrainer,
  type Trainer,
  type TrainerOptions,
  type TrainerState,
} from './steps/trainer.ts';

/** Parameters worth keeping because the validation loss was never lower. */
export interface BestEpoch {
  readonly epoch: number;
  readonly loss: number;
  readonly values: ReadonlyMap<string, Float32Array>;
}

/** All of a run between two steps: a checkpoint. */
export interface FitState {
  readonly trainer: TrainerState;
  readonly history: readonly Epoch[];
  readonly best?: BestEpoch;
  /** Seconds spent in the present epoch before. */
  readonly seconds: number;
}

/** When training ends before its last epoch. */
export interface FitPlan {
  readonly earlyStopping: ResolvedTrainRequest['earlyStopping'];
}

export interface FitOptions extends FitPlan {
  readonly trainer: TrainerOptions;
  readonly validation: Examples;
  readonly signal: AbortSignal;
  readonly report: (event: TrainEvent) => void;
  /** Keeps the state of the run, so that a later process can go on. */
  readonly checkpoints?: {
    readonly save: (state: FitState) => Promise<boolean>;
    readonly everyMs: number;
  };
}

export interface FittedNet {
  /** State values by name: of the best epoch with early stopping, else of the last. */
  readonly values: ReadonlyMap<string, Float32Array>;
  readonly history: readonly Epoch[];
  /** Set when the parameters are not those of the last epoch. */
  readonly bestEpoch?: number;
}

/** How often the progress inside of an epoch is reported. */
const PROGRESS_INTERVAL_MS = 200;

/** Refuses to choose an epoch where there is nothing to choose it by. */
export function checkFitPlan({ earlyStopping }: FitPlan, validation: Examples): void {
  if (!earlyStopping || validation.indices.length > 0) return;
  throw new errors.GLIMPSE_HYPERPARAMETER_INVALID(
    'earlyStopping',
    'there are no validation examples; set validationSplit',
  );
}

/** Trains for the epochs asked, watching the validation examples, and stops early when told to. */
export async function fit(options: FitOptions, from?: FitState): Promise<FittedNet> {
  const { earlyStopping, signal, report } = options;
  const trainer = await createTrainer(options.trainer, from?.trainer);
  const monitor = await openValidation(options.trainer.layers, options, trainer).catch(
    async (error: unknown) => {
      await trainer.close();
      throw error;
    },
  );
  const history = [...(from?.history ?? [])];
  let best = from?.best;
  let secondsBefore = from?.seconds ?? 0;
  const reportProgress = createProgressReporter(options);
  const checkpoint = createCheckpointer(options);
  try {
    while (trainer.epoch < options.trainer.epochs && !isPatienceOver(options, history, best)) {
      const started = performance.now();
      const seconds = () => secondsBefore + (performance.now() - started) / 1000;
      const figures = await trainer.runEpoch(signal, async (step) => {
        reportProgress(trainer.epoch + 1, step);
        const state = { history, ...(best && { best }) };
        await checkpoint(() => ({ ...state, trainer: trainer.state(), seconds: seconds() }));
      });
      const epoch = { epoch: trainer.epoch, ...figures, ...(await monitor.measure()) };
      history.push({ ...epoch, seconds: seconds() });
      best = betterOf(options, best, history.at(-1)!, trainer);
      secondsBefore = 0;
      report({ type: 'epoch', epoch: history.at(-1)! });
    }
    const chosen = earlyStopping && best;
    return {
      values: chosen ? chosen.values : trainer.state().values,
      history,
      ...(chosen && { bestEpoch: chosen.epoch }),
    };
  } finally {
    await monitor.close();
    await trainer.close();
    await options.trainer.batches.close();
  }
}

/** Measures the net in training on the validation examples, with its state fed from the trainer. */
async function openValidation(
  layers: readonly ResolvedLayer[],
  { validation, signal, trainer: { inputShape, threads } }: FitOptions,
  trainer: Trainer,
) {
  if (validation.indices.length === 0) return { measure: async () => ({}), close: async () => {} };
  const graph = buildEvaluationGraph({ layers, inputShape });
  const session = await openGraphSession(graph.model, { threads });
  const infer: Infer = async (examples, count) => {
    const present = trainer.feeds();
    const feeds: Record<string, GraphValue> = {
      [graph.input]: { type: 'float32', dims: [count, ...inputShape], data: examples },
    };
    for (const name of graph.state) feeds[name] = present[name]!;
    return floats((await session.run(feeds))[graph.output]);
  };
  return {
    async measure() {
      const { loss, accuracy } = await measure(infer, validation, signal);
      return { validationLoss: loss, validationAccuracy: accuracy };
    },
    close: () => session.close(),
  };
}

function betterOf(
  { earlyStopping }: FitPlan,
  best: BestEpoch | undefined,
  { epoch, validationLoss }: Epoch,
  trainer: Trainer,
): BestEpoch | undefined {
  if (!earlyStopping || validationLoss === undefined) return best;
  if (best && !(validationLoss < best.loss - (earlyStopping.minDelta ?? 0))) return best;
  return { epoch, loss: validationLoss, values: trainer.state().values };
}

function isPatienceOver(
  { earlyStopping }: FitPlan,
  history: readonly Epoch[],
  best: BestEpoch | undefined,
): boolean {
  return Boolean(earlyStopping && best && history.length - best.epoch >= earlyStopping.patience);
}

/** Saves the state when it is time, and before the run stops. */
function createCheckpointer({ checkpoints, signal, report }: FitOptions) {
  let last = performance.now();
  return async (state: () => FitState): Promise<void> => {
    if (!checkpoints || (performance.now() - last < checkpoints.everyMs && !signal.aborted)) return;
    const present = state();
    const { epoch, step } = present.trainer;
    if (await checkpoints.save(present)) report({ type: 'checkpoint', epoch: epoch + 1, step });
    last = performance.now();
  };
}

function createProgressReporter({ report, trainer: { batches } }: FitOptions) {
  let last = performance.now();
  return (epoch: number, step: number): void => {
    if (performance.now() - last < PROGRESS_INTERVAL_MS) return;
    last = performance.now();
    report({ type: 'progress', epoch, step, steps: batches.perEpoch });
  };
}

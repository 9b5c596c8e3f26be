import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readConfig } from '../../config.ts';
import { isGlimpseError, messageOf } from '../../errors.ts';
import type { TrainEvent, TrainOutcome } from '../../training/events.ts';
import { print } from '../command.ts';
import { errorInWords } from '../words/error-in-words.ts';
import { describeOutcome } from './outcome-in-words.ts';
import { acceptHere, resumeHere } from './run-here.ts';
import { readSageMakerJob } from './sagemaker-job.ts';
import { createTrainProgress } from './train-progress.ts';

/** SageMaker shows this much of the reason why a job failed. */
const SHOWN_CHARACTERS = 1024;

/**
 * Runs the training job that SageMaker has put into `base`: the model goes to `<base>/model`, from where an endpoint serves
 * it, checkpoints to `<base>/checkpoints`, the reason of a failure to `<base>/output/failure`, and figures to stdout.
 */
export async function trainForSageMaker(base: string): Promise<number> {
  try {
    await train(base);
    return 0;
  } catch (error) {
    const isStopped = isGlimpseError(error) && error.code === 'GLIMPSE_TRAINING_CANCELLED';
    // Whatever becomes of the explanation, the failure itself is what is told.
    if (!isStopped)
      await explainFailure(base, error).catch((problem: unknown) =>
        process.stderr.write(`The reason of the failure cannot be kept: ${messageOf(problem)}\n`),
      );
    throw error;
  }
}

async function train(base: string): Promise<void> {
  const { request: asked, notes: passedOver } = await readSageMakerJob(base);
  const repository = join(base, 'model');
  const folder = join(base, 'checkpoints');
  for (const needed of [repository, folder]) await mkdir(needed, { recursive: true });
  const config = readConfig(undefined, { GLIMPSE_REPOSITORY: repository });
  const { request, notes: decided } = await acceptHere(config, asked);
  const notes = [...passedOver, ...decided];
  const progress = createTrainProgress(request.epochs, process.stderr);
  for (const note of notes) progress.show({ type: 'note', note });
  const report = (event: TrainEvent): void => {
    progress.show(event);
    if (event.type === 'epoch') printFigures(figuresOfEpoch(event.epoch));
  };
  const outcome = await resumeHere(config, request, {
    folder,
    report,
    command: 'glimpse train',
  }).finally(() => progress.close());
  printFigures(figuresOfOutcome(outcome));
  print(describeOutcome(outcome, config, notes));
}

/** In the form that the metric definitions of a job find by a regular expression: `validation_accuracy=0.93;`. */
function printFigures(figures: Readonly<Record<string, number | undefined>>): void {
  const said = Object.entries(figures).filter(([, value]) => value !== undefined);
  print(said.map(([name, value]) => `${name}=${value};`).join(' '));
}

function figuresOfEpoch(epoch: Extract<TrainEvent, { type: 'epoch' }>['epoch']) {
  return {
    epoch: epoch.epoch,
    train_loss: epoch.loss,
    train_accuracy: epoch.accuracy,
    validation_loss: epoch.validationLoss,
    validation_accuracy: epoch.validationAccuracy,
  };
}

function figuresOfOutcome({ metrics }: TrainOutcome) {
  return {
    test_accuracy: metrics.accuracy,
    test_loss: metrics.loss,
    test_macro_recall: metrics.macroRecall,
    calibration_error: metrics.calibrationError,
    served_accuracy: metrics.servedAccuracy,
  };
}

/** Where SageMaker looks for the reason of a job that ended with an error. */
async function explainFailure(base: string, error: unknown): Promise<void> {
  const words = isGlimpseError(error) ? errorInWords(error) : messageOf(error);
  const folder = join(base, 'output');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'failure'), words.slice(0, SHOWN_CHARACTERS));
}

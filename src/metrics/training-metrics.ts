import { Gauge, Histogram, type Registry } from 'prom-client';
import { sampledGauge } from './sampled-gauge.ts';

/** What one epoch of a training run reported. */
export interface EpochFacts {
  readonly model: string;
  readonly seconds: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly validationLoss?: number | undefined;
  readonly validationAccuracy?: number | undefined;
}

export interface TrainingMetrics {
  observeEpoch(facts: EpochFacts): void;
  /** A job ended, in the state its record has. */
  observeJob(outcome: string, seconds: number): void;
}

export interface TrainingSources {
  /** How many remembered jobs are in each state. */
  jobsByState(): Readonly<Record<string, number>>;
}

export function createTrainingMetrics(
  register: Registry,
  source: () => TrainingSources | undefined,
  boundModel: (model: string) => string,
): TrainingMetrics {
  const jobSeconds = new Histogram({
    name: 'glimpse_training_job_seconds',
    help: 'Time of a job from its start to its end, by the state it ended in.',
    labelNames: ['outcome'],
    buckets: [1, 5, 10, 30, 60, 300, 900, 3600, 14_400],
    registers: [register],
  });
  sampledGauge(
    register,
    {
      name: 'glimpse_training_jobs',
      help: 'Remembered jobs by state: queued, running, succeeded, failed, cancelled, interrupted.',
      labelNames: ['state'],
    },
    () =>
      Object.entries(source()?.jobsByState() ?? {}).map(([state, value]) => ({
        labels: { state },
        value,
      })),
  );
  return {
    observeEpoch: createEpochMetrics(register, boundModel),
    observeJob: (outcome, seconds) => jobSeconds.observe({ outcome }, seconds),
  };
}

function createEpochMetrics(
  register: Registry,
  boundModel: (model: string) => string,
): TrainingMetrics['observeEpoch'] {
  const registers = [register];
  const epochs = new Histogram({
    name: 'glimpse_training_epoch_seconds',
    help: 'Time of one epoch of training.',
    labelNames: ['model'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800],
    registers,
  });
  const loss = new Gauge({
    name: 'glimpse_training_loss',
    help: 'Mean loss of the last epoch, by split: training, validation.',
    labelNames: ['model', 'split'],
    registers,
  });
  const accuracy = new Gauge({
    name: 'glimpse_training_accuracy',
    help: 'Accuracy in the last epoch, 0 to 1, by split: training, validation.',
    labelNames: ['model', 'split'],
    registers,
  });
  return (facts) => {
    const model = boundModel(facts.model);
    epochs.observe({ model }, facts.seconds);
    loss.set({ model, split: 'training' }, facts.loss);
    accuracy.set({ model, split: 'training' }, facts.accuracy);
    const { validationLoss, validationAccuracy } = facts;
    if (validationLoss !== undefined) loss.set({ model, split: 'validation' }, validationLoss);
    if (validationAccuracy !== undefined) {
      accuracy.set({ model, split: 'validation' }, validationAccuracy);
    }
  };
}

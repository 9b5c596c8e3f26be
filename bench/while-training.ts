import { setTimeout as sleep } from 'node:timers/promises';
import { arrive, type Arrivals } from './arrivals.ts';
import { makeBodies } from './bodies.ts';
import { cancelJob, epochsOf, startJob } from './jobs.ts';
import { ask } from './load.ts';
import { cpuSeconds, median } from './machine.ts';
import { startGlimpse, type Running } from './processes.ts';
import { recipeTask, requestOf } from './train-tasks.ts';

export interface WhileTrainingOptions {
  readonly perSecond: number;
  /** Requests in each window. */
  readonly count: number;
  readonly rounds: number;
  readonly mnist: string | undefined;
  report(line: string): void;
}

interface TrainingWindow extends Arrivals {
  /** Ended by the job within the window. */
  readonly epochs: number;
  /** Cores that the training process kept busy. */
  readonly trainerCpu: number;
}

export interface WhileTraining {
  readonly perSecond: number;
  readonly count: number;
  /** Idle windows stand before, between and after those with a job: one more than the others. */
  readonly idle: readonly Arrivals[];
  readonly training: readonly TrainingWindow[];
  /** Median p99 while training, over that of the idle windows. */
  readonly ratio: number;
}

/** The recipe of `cnn` with more epochs than any window is long; it is cancelled at the window's end. */
const endless = { ...requestOf(recipeTask('cnn', 10_000), 1), model: 'while-training' };

/**
 * /predict at one arrival rate, with and without a training job in the same server, in turns, so that
 * whatever else the machine does falls on both.
 */
export async function measureWhileTraining(options: WhileTrainingOptions): Promise<WhileTraining> {
  const { count, mnist, perSecond, rounds } = options;
  const server = await startGlimpse(mnist === undefined ? {} : { GLIMPSE_MNIST_DIR: mnist });
  try {
    const { request } = (await makeBodies())[0]!;
    const { status } = await ask(server.port, request);
    if (status !== 200) throw new Error(`/predict answered ${status}`);
    const measure = (): Promise<Arrivals> => arrive(server, request, { perSecond, count });
    await arrive(server, request, { perSecond, count: Math.min(count, WARM_UP) });
    const idle: Arrivals[] = [];
    const training: TrainingWindow[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const beside = await measure();
      idle.push(beside);
      options.report(`idle: ${inWords(beside)}`);
      if (round === rounds) break;
      const found = await besideJob(server, jobBody(mnist), measure);
      training.push(found);
      const { epochs, trainerCpu } = found;
      options.report(
        `training: ${inWords(found)}; ${epochs} epochs on ${trainerCpu.toFixed(2)} cores`,
      );
    }
    const ratio = p99Of(training) / p99Of(idle);
    options.report(`p99 while training over idle: ${ratio.toFixed(2)}`);
    return { perSecond, count, idle, training, ratio };
  } finally {
    await server.stop();
  }
}

/** A window from beginning to end beside a job that trains; without an epoch ended in it nothing was measured. */
async function besideJob(
  server: Running,
  body: object,
  measure: () => Promise<Arrivals>,
): Promise<TrainingWindow> {
  const job = await startJob(server, body);
  const epochsBefore = await epochsOf(server, job);
  const cpuBefore = cpuSeconds(job.pid);
  const started = performance.now();
  const found = await measure();
  const seconds = (performance.now() - started) / 1000;
  const trainerCpu = (cpuSeconds(job.pid) - cpuBefore) / seconds;
  const epochs = (await epochsOf(server, job)) - epochsBefore;
  if (epochs === 0) throw new Error('the job ended no epoch while /predict was measured');
  await cancelJob(server, job);
  await sleep(SETTLE_MS);
  return { ...found, epochs, trainerCpu };
}

const inWords = ({ p50Ms, p99Ms, maxMs }: Arrivals): string =>
  `p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms, longest ${maxMs.toFixed(1)} ms`;

const WARM_UP = 500;
/** For the trainer to be gone, and for the kernel to have cleaned up after it. */
const SETTLE_MS = 500;

/** A job that trains `cnn` for longer than anybody measures, from MNIST where it is, else from the shipped samples. */
export function jobBody(mnist: string | undefined): object {
  if (mnist !== undefined) return endless;
  const { dataset: _dataset, evaluation: _evaluation, ...rest } = endless;
  return { ...rest, dataset: { uri: 'sample:' } };
}

export const p99Of = (windows: readonly Arrivals[]): number =>
  median(windows.map(({ p99Ms }) => p99Ms));

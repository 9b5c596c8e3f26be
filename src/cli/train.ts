import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { readConfig, type Config } from '../config.ts';
import { errors } from '../errors.ts';
import { packageVersion } from '../package.ts';
import { openDatasetCheck, openDatasets, openImages, openRepository } from '../compose/open.ts';
import { bindLoadRuntime, onOwnThread, openTrust } from '../compose/runtimes.ts';
import { bindServingPath } from '../compose/serving-path.ts';
import { trainJob } from '../jobs/kinds/train.ts';
import { publishKept, runTraining, type RunContext } from '../training/run.ts';
import { readFinishedNet } from '../training/finished-net.ts';
import type { TrainEvent, TrainOutcome } from '../training/events.ts';
import type { ResolvedTrainRequest } from '../training/request.ts';
import { defineCommand, print, printAside, UsageError } from './command.ts';
import { trainArguments, trainOptions, trainRequestOf } from './train/train-options.ts';
import { createTrainProgress, percent, servedInWords } from './train/train-progress.ts';

export const command = defineCommand({
  name: 'train',
  description:
    'Trains a model on this machine and publishes it as the next version in the repository (GLIMPSE_REPOSITORY). Without anything: the founding example, on the first 1000 digits of MNIST.',
  arguments: trainArguments,
  options: trainOptions,
  async run(given, words) {
    const config = readConfig();
    if (given.publish !== undefined) return publishAgain(given.publish, config, given.json);
    const { request: accepted, notes } = await trainJob.accept(trainRequestOf(given), [], {
      datasets: openDatasetCheck(config, 'anywhere'),
      defaultModel: config.GLIMPSE_DEFAULT_MODEL,
      checkRoom: (model, labels) => checkRoom(config, model, labels),
    });
    const progress = createTrainProgress(accepted.epochs, process.stderr);
    for (const note of notes) progress.show({ type: 'note', note });
    const outcome = await train(config, accepted, {
      command: ['glimpse', ...words.map(quote)].join(' '),
      ...(given.golden !== undefined && { goldenDir: given.golden }),
      report: progress.show,
    }).finally(() => progress.close());
    print(given.json ? JSON.stringify(outcome, null, 2) : describe(outcome, config, notes));
    return 0;
  },
});

/** Publishes the net that an earlier run has kept in a folder; nothing is trained again. */
async function publishAgain(folder: string, config: Config, asJson: boolean): Promise<number> {
  const finished = await readFinishedNet(folder);
  if (!finished) throw new UsageError(`There is no finished net in ${folder}.`);
  const report = createTrainProgress(finished.request.epochs, process.stderr).show;
  const outcome = await inWorkshop(config, { finishedDir: folder, report }, (context) =>
    publishKept(finished, context),
  );
  // What a server keeps for one of its jobs is the server's to remove.
  if (dirname(resolve(folder)) === finishedRoot(config)) await rm(folder, { recursive: true });
  print(asJson ? JSON.stringify(outcome, null, 2) : describe(outcome, config, []));
  return 0;
}

/** Where the runs of commands keep their nets until they are published. */
function finishedRoot(config: Config): string {
  return resolve(config.GLIMPSE_DATA_DIR, 'finished');
}

/** Before hours of training, not after them. */
async function checkRoom(config: Config, model: string, labels: readonly string[]): Promise<void> {
  const repository = openRepository(config);
  try {
    await repository.checkRoom(model, labels);
  } finally {
    await repository.close();
  }
}

interface OwnRun {
  readonly command?: string;
  readonly goldenDir?: string;
  readonly report: (event: TrainEvent) => void;
}

/** One run in this process, with the repository and limits of the configuration. */
export async function train(
  config: Config,
  request: ResolvedTrainRequest,
  own: OwnRun,
): Promise<TrainOutcome> {
  const finishedDir = join(finishedRoot(config), randomUUID());
  let isKept = false;
  const report = (event: TrainEvent): void => {
    isKept ||= event.type === 'finished';
    own.report(event);
  };
  try {
    const outcome = await inWorkshop(config, { ...own, finishedDir, report }, (context) =>
      runTraining(request, context),
    );
    await rm(finishedDir, { recursive: true, force: true });
    return outcome;
  } catch (error) {
    if (isKept)
      printAside(`To publish the net later: glimpse train --publish ${quote(finishedDir)}`);
    throw error;
  }
}

/** What a run needs of this machine, until it has ended. */
async function inWorkshop(
  config: Config,
  own: OwnRun & { readonly finishedDir: string },
  run: (context: RunContext) => Promise<TrainOutcome>,
): Promise<TrainOutcome> {
  const repository = openRepository(config);
  const images = openImages(config);
  const jobDir = await mkdtemp(join(tmpdir(), 'glimpse-train-'));
  const stop = new AbortController();
  const cancel = (): void => stop.abort(new errors.GLIMPSE_TRAINING_CANCELLED());
  process.once('SIGINT', cancel).once('SIGTERM', cancel);
  try {
    return await run({
      repository,
      images,
      datasets: openDatasets(config, images, 'anywhere'),
      loadRuntime: bindLoadRuntime(onOwnThread(config)),
      openServingPath: bindServingPath(config, images),
      trust: openTrust(config),
      uploads: [],
      jobDir,
      publishRetryMs: config.GLIMPSE_PUBLISH_RETRY_MS,
      codeVersion: packageVersion,
      // This process serves no requests: the run may use every core.
      threads: availableParallelism(),
      signal: stop.signal,
      ...own,
    });
  } finally {
    process.off('SIGINT', cancel).off('SIGTERM', cancel);
    await rm(jobDir, { recursive: true, force: true });
    await images.close();
    await repository.close();
  }
}

/** What came out, for people. */
export function describe(
  { model, version, metrics, timings, release, notes }: TrainOutcome,
  config: Config,
  shown: readonly string[],
): string {
  const { accuracy = 0, macroRecall = 0, loss = 0, calibrationError, temperature } = metrics;
  const { examples, measuredOn } = metrics;
  const { read, train: training, evaluate, publish } = timings;
  return [
    `${model} version ${version}: accuracy ${percent(accuracy)} on ${examples} ${measuredOn}`,
    ...servedInWords(metrics),
    `loss ${loss.toFixed(4)}, mean recall of the classes ${percent(macroRecall)}, calibration error ${percent(calibrationError ?? 0)}, temperature ${temperature}`,
    `trained in ${training.toFixed(1)} s (reading ${read.toFixed(1)} s, measuring ${evaluate.toFixed(1)} s, publishing ${publish.toFixed(1)} s)`,
    `published to ${config.GLIMPSE_REPOSITORY}/${model}/${version}`,
    ...(release?.decision === 'promoted' ? [`production: ${release.reason}`] : []),
    ...notes.filter((note) => !shown.includes(note)),
  ].join('\n');
}

/** A word as a shell reads it back. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

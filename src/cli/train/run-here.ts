import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Config } from '../../config.ts';
import { errors } from '../../errors.ts';
import { backbonesDir, packageVersion } from '../../package.ts';
import { memoryForTraining } from '../../compose/machine.ts';
import {
  featurePlace,
  openDatasetCheck,
  openDatasets,
  openImages,
  openRepository,
} from '../../compose/open.ts';
import { bindLoadRuntime, onOwnThread, openTrust } from '../../compose/runtimes.ts';
import { bindServingPath } from '../../compose/serving-path.ts';
import { trainJob } from '../../jobs/kinds/train.ts';
import { runTraining } from '../../training/run.ts';
import type { RunContext } from '../../training/run-context.ts';
import type { TrainEvent, TrainOutcome } from '../../training/events.ts';
import type { ResolvedTrainRequest } from '../../training/request.ts';

interface OwnRun {
  readonly command?: string;
  readonly goldenDir?: string;
  readonly report: (event: TrainEvent) => void;
}

/** The request with everything decided and checked before any of the work. */
export function acceptHere(config: Config, asked: Record<string, unknown>) {
  return trainJob.accept(asked, [], acceptContext(config));
}

/** What a request is checked by that this process works on itself. */
export function acceptContext(config: Config) {
  return {
    datasets: openDatasetCheck(config, 'anywhere'),
    defaultModel: config.GLIMPSE_DEFAULT_MODEL,
    trainingMemory: memoryForTraining(),
    checkRoom: (model: string, labels: readonly string[]) => checkRoom(config, model, labels),
  };
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

/** Where the runs of commands keep their nets until they are published. */
export function finishedRoot(config: Config): string {
  return resolve(config.GLIMPSE_DATA_DIR, 'finished');
}

/** One run in this process, with the repository and limits of the configuration. */
export async function trainHere(
  config: Config,
  request: ResolvedTrainRequest,
  { onKept, ...own }: OwnRun & { readonly onKept: (folder: string) => void },
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
    if (isKept) onKept(finishedDir);
    throw error;
  }
}

/**
 * One run in this process that is saved in `folder`, and goes on from what an earlier one has left there if that was the
 * same run.
 */
export async function resumeHere(
  config: Config,
  request: ResolvedTrainRequest,
  { folder, ...own }: OwnRun & { readonly folder: string },
): Promise<TrainOutcome> {
  const checkpoint = join(folder, 'checkpoint');
  const checkpointIntervalMs = config.GLIMPSE_CHECKPOINT_INTERVAL_MS;
  const outcome = await inWorkshop(
    config,
    { ...own, checkpoint, checkpointIntervalMs },
    (context) => runTraining(request, context),
  );
  await rm(checkpoint, { force: true });
  return outcome;
}

/** What a run needs of this machine, until it has ended. */
export async function inWorkshop<Outcome>(
  config: Config,
  own: OwnRun & Pick<RunContext, 'finishedDir' | 'checkpoint' | 'checkpointIntervalMs'>,
  run: (context: RunContext) => Promise<Outcome>,
): Promise<Outcome> {
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
      backboneDir: backbonesDir,
      // This process serves no requests: the run may use every core.
      threads: availableParallelism(),
      memory: memoryForTraining(),
      ...featurePlace(config),
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

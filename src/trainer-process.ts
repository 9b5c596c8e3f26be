import { readConfig } from './config.ts';
import { backbonesDir, packageVersion } from './package.ts';
import {
  featurePlace,
  openDatasets,
  openDatasetStreams,
  openImages,
  openOutputPlaces,
  openRepository,
} from './compose/open.ts';
import { createAbandonedThreads } from './compose/abandoned-threads.ts';
import { memoryForTraining } from './compose/machine.ts';
import { bindLoadRuntime, onOwnThread, openTrust } from './compose/runtimes.ts';
import { bindBatchPredictor, bindServingPath } from './compose/serving-path.ts';
import { jobErrorOf } from './jobs/job-error.ts';
import { jobKinds, type RunEvent } from './jobs/kinds.ts';
import type { LaunchJob, RunEnd } from './jobs/launch.ts';
import { publishingOnce } from './repository/publishing/publish-once.ts';
import { isTrainerCommand, type TrainerReport } from './jobs/messages.ts';

/**
 * The training process: takes one job from the server over IPC, runs it, reports its events, and ends.
 * It never outlives its server, and it stops between two steps when it is ordered to.
 */
type StopReason = 'cancel' | 'interrupt';

/** How often the memory this process holds is reported to the server. */
const MEMORY_INTERVAL_MS = 1000;

const stop = new AbortController();
const requestStop = (how: StopReason): void => stop.abort(how);

// Ctrl-C in a terminal reaches the whole group of processes: the job is interrupted and resumes later.
process.on('SIGINT', () => requestStop('interrupt'));
process.on('SIGTERM', () => requestStop('interrupt'));
// Without a server the result has no receiver; a restarted one starts the job again.
process.on('disconnect', exit);

process.on('message', (command) => {
  if (!isTrainerCommand(command)) return;
  if (command.type === 'stop') requestStop(command.how);
  else void work(command.job, command.settings);
});

async function work(job: LaunchJob, settings: Record<string, string>): Promise<void> {
  const watching = setInterval(
    () => send({ type: 'memory', residentBytes: process.memoryUsage.rss() }),
    MEMORY_INTERVAL_MS,
  );
  const end = await run(job, settings).catch(endOf);
  clearInterval(watching);
  // The process exits when its last message is on its way.
  process.send?.({ type: 'end', end } satisfies TrainerReport, exit);
}

/** An exit would wait for a thread that does not come back from its model. */
const abandoned = createAbandonedThreads();

function exit(): void {
  if (abandoned.hasAny) process.kill(process.pid, 'SIGKILL');
  else process.exit(0);
}

async function run(job: LaunchJob, settings: Record<string, string>): Promise<RunEnd> {
  const config = readConfig(settings);
  const opened = openRepository(config);
  // Where another process may work on the same job, at the same time even, one version comes of it.
  const repository = config.GLIMPSE_JOBS === 'local' ? opened : publishingOnce(opened, job.id);
  const images = openImages(config);
  try {
    const outcome = await jobKinds[job.kind].run(job.request, {
      repository,
      images,
      datasets: openDatasets(config, images),
      loadRuntime: bindLoadRuntime(onOwnThread(config), { onAbandon: abandoned.add }),
      openServingPath: bindServingPath(config, images),
      openBatchPredictor: bindBatchPredictor(config, images),
      streamDataset: openDatasetStreams(config, images),
      outputs: openOutputPlaces(config),
      // Loaded where it is needed: other jobs have no use for it.
      publishUpload: async (request, context) => {
        const { bindPublishUpload } = await import('./publishing/uploads/publish-upload.ts');
        return bindPublishUpload({ repository, images, config })(request, context);
      },
      trust: openTrust(config),
      uploads: job.uploads,
      jobDir: job.folder,
      finishedDir: job.folder,
      publishRetryMs: config.GLIMPSE_PUBLISH_RETRY_MS,
      job: job.id,
      codeVersion: packageVersion,
      backboneDir: backbonesDir,
      threads: config.GLIMPSE_TRAIN_THREADS,
      memory: memoryForTraining(config.GLIMPSE_TRAIN_MEMORY_BYTES),
      ...featurePlace(config),
      checkpointIntervalMs: config.GLIMPSE_CHECKPOINT_INTERVAL_MS,
      signal: stop.signal,
      report: (event: RunEvent) => send({ type: 'event', event }),
    });
    return { type: 'succeeded', outcome };
  } finally {
    await images.close();
    await repository.close();
  }
}

function send(report: TrainerReport): void {
  if (process.connected) process.send?.(report);
}

function endOf(error: unknown): RunEnd {
  const reason: unknown = stop.signal.aborted ? stop.signal.reason : undefined;
  if (reason === 'cancel') return { type: 'cancelled' };
  if (reason === 'interrupt') return { type: 'interrupted' };
  process.stderr.write(
    `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return { type: 'failed', error: jobErrorOf(error) };
}

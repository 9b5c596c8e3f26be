import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  openDatasetCheck,
  openDatasetStreams,
  openImages,
  openOutputPlaces,
  openRepository,
} from '../../compose/open.ts';
import { bindLoadRuntime, onOwnThread, openTrust } from '../../compose/runtimes.ts';
import { bindBatchPredictor } from '../../compose/serving-path.ts';
import type { Config } from '../../config.ts';
import { errors } from '../../errors.ts';
import { predictJob } from '../../jobs/kinds/predict.ts';
import type { PredictEvent, PredictOutcome } from '../../jobs/predicting/predict-events.ts';
import { runPrediction } from '../../jobs/predicting/run-prediction.ts';
import { printAside } from '../command.ts';

/**
 * A batch prediction in this process, as POST /predict-jobs makes it in one of its own. The place of its output
 * remembers how far it came, so that the same command goes on there.
 */
export async function predictToPlace(request: unknown, config: Config): Promise<PredictOutcome> {
  const repository = openRepository(config);
  const images = openImages(config);
  const outputs = openOutputPlaces(config, 'anywhere');
  const jobDir = await mkdtemp(join(tmpdir(), 'glimpse-predict-'));
  const stop = new AbortController();
  const cancel = (): void => stop.abort(new errors.GLIMPSE_TRAINING_CANCELLED());
  process.once('SIGINT', cancel).once('SIGTERM', cancel);
  try {
    const accepted = await predictJob.accept(request, [], {
      datasets: openDatasetCheck(config, 'anywhere'),
      defaultModel: config.GLIMPSE_DEFAULT_MODEL,
      versions: repository,
      outputs,
    });
    return await runPrediction(accepted.request, {
      repository,
      outputs,
      streamDataset: openDatasetStreams(config, images, 'anywhere'),
      openBatchPredictor: bindBatchPredictor(config, images),
      loadRuntime: bindLoadRuntime(onOwnThread(config)),
      trust: openTrust(config),
      uploads: [],
      jobDir,
      signal: stop.signal,
      report: announce,
    });
  } finally {
    process.off('SIGINT', cancel).off('SIGTERM', cancel);
    await rm(jobDir, { recursive: true, force: true });
    await images.close();
    await repository.close();
  }
}

function announce(event: PredictEvent): void {
  if (event.type === 'note') printAside(event.note);
  if (event.type !== 'predicted') return;
  const { rows, total, errors: failed, rowsPerSecond } = event.progress;
  const of = total === undefined ? '' : ` of ${total}`;
  printAside(`${rows}${of} rows, ${failed} with an error, ${Math.round(rowsPerSecond)} a second`);
}

/** What was made, for a terminal. */
export function predictedInWords({ predicted, timings }: PredictOutcome): string {
  const { model, version, rows, errors: failed, parts, out, manifest } = predicted;
  const codes = Object.entries(predicted.codes).map(([code, count]) => `  ${count} ${code}`);
  return [
    `${rows} rows predicted by ${model} version ${version} in ${timings.predict.toFixed(1)} s, ${failed} with an error`,
    ...codes,
    `${parts} parts and ${manifest} in ${out}`,
  ].join('\n');
}

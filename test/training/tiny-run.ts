import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createImagePreparer } from '../../src/image/prepare-image.ts';
import { bindServingPath } from '../../src/compose/serving-path.ts';
import { openOnnxRuntime } from '../../src/runtime/onnx-runtime.ts';
import { createTrust } from '../../src/loading/trust.ts';
import { backbonesDir } from '../../src/package.ts';
import { createRandom } from '../../src/random.ts';
import { runTraining } from '../../src/training/run.ts';
import type { RunContext } from '../../src/training/run-context.ts';
import type { TrainEvent } from '../../src/training/events.ts';
import type { TrainRequest } from '../../src/training/request.ts';
import { resolveTrainRequest } from '../../src/training/resolve-request.ts';
import { openerOver, repositoryIn, temporaryFolder } from '../datasets/dataset-files.ts';

/** A tiny dataset that a net learns in a moment: noisy 6x6 pictures of a bar lying, standing, or not. */
export function bars(count: number, seed = 1): string {
  const random = createRandom(seed);
  const kinds = ['flat', 'none', 'tall'];
  const rows = Array.from({ length: count }, (_, index) => {
    const kind = kinds[index % 3]!;
    const at = 1 + random.integer(4);
    const pixels = Array.from({ length: 36 }, (_, pixel) => {
      const along = kind === 'flat' ? Math.floor(pixel / 6) : pixel % 6;
      const ink = kind !== 'none' && along === at ? 200 : 0;
      return ink + random.integer(50);
    });
    return [kind, ...pixels].join(',');
  });
  return `${rows.join('\n')}\n`;
}

/** A request that trains on `bars.csv` for a few epochs. */
export const tinyRequest: TrainRequest = {
  model: 'bars',
  dataset: { uri: 'bars.csv' },
  architecture: {
    layers: [
      { type: 'flatten' },
      { type: 'dense', units: 16, activation: 'relu' },
      { type: 'dropout', rate: 0.1 },
      { type: 'dense' },
    ],
  },
  optimizer: { name: 'adam', learningRate: 0.01 },
  epochs: 8,
  batchSize: 16,
};

/** Those of a server, small. */
export const servingLimits = {
  GLIMPSE_DECODE_QUEUE_SIZE: 100,
  GLIMPSE_MAX_BATCH_SIZE: 32,
  GLIMPSE_MAX_QUEUE_SIZE: 100,
};

/** A folder with bars.csv, and everything a run needs around it, closed after the test; each run asks for `every`, too. */
export async function tinyWorkshop(csv = bars(120), every: TrainRequest = {}) {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'bars.csv'), csv);
  const repository = repositoryIn(folder);
  const images = createImagePreparer({
    limits: { maxBytes: 1e6, maxPixels: 1e6, maxFrames: 10 },
    concurrency: 2,
    queueSize: 100,
    threads: 1,
  });
  onTestFinished(async () => {
    await images.close();
    await repository.close();
  });
  const events: TrainEvent[] = [];
  const parts: RunContext = {
    repository,
    datasets: openerOver(folder),
    images,
    loadRuntime: ({ file, signature }) => openOnnxRuntime({ file, signature, threads: 1 }),
    openServingPath: bindServingPath(servingLimits, images),
    trust: createTrust({ folder: join(folder, 'trained'), isMarked: () => false }),
    uploads: [],
    jobDir: folder,
    publishRetryMs: 0,
    codeVersion: '0.0.0-test',
    backboneDir: backbonesDir,
    threads: 2,
    signal: new AbortController().signal,
    report: (event) => events.push(event),
  };
  const run = (request: TrainRequest = {}, changes: Partial<RunContext> = {}) =>
    runTraining(
      resolveTrainRequest(
        { ...tinyRequest, ...every, ...request },
        { defaultModel: 'digits', hasMnist: false, hasUploads: (changes.uploads ?? []).length > 0 },
      ),
      { ...parts, ...changes },
    );
  return { folder, repository, images, parts, events, run };
}

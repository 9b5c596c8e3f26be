import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createCancellation } from '../../src/cancellation.ts';
import { createImagePreparer, type ImagePreparer } from '../../src/image/prepare-image.ts';
import { createRegistry } from '../../src/registry/polling-registry.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { createDiskStore } from '../../src/repository/stores/disk/disk-store.ts';
import { createRepository } from '../../src/repository/model-repository.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { loadRuntime } from '../../src/runtime/load-runtime.ts';
import { createPredictor, type PredictResult } from '../../src/serving/predictor.ts';
import { cellOptions, trustingAll } from '../support/cells.ts';
import { tinyDraft } from '../support/registry-rig.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { slowModel, tinyModel } from '../support/tiny-onnx.ts';

/** Everything of the data plane is real here: folders, images, threads, ONNX Runtime. */
vi.setConfig({ testTimeout: 120_000 });

let registry: Registry;
let images: ImagePreparer;
afterEach(async () => {
  await registry.close();
  await images.close();
});

async function start(root: string, inlineBudgetMs: number) {
  images = createImagePreparer({
    limits: { maxBytes: 1e6, maxPixels: 1e6, maxFrames: 10 },
    concurrency: 2,
    queueSize: 256,
    threads: 1,
  });
  registry = createRegistry({
    repository: await open(root),
    loadRuntime: (request) =>
      loadRuntime({ ...request, ...cellOptions(), threads: 1, inlineBudgetMs }),
    trust: trustingAll,
    prepareGolden: (bytes, preprocessing, layout) => images.prepare(bytes, preprocessing, layout),
    batching: { maxBatchSize: 8, maxQueueDelayMs: 0, maxQueueSize: 256 },
    policy: { keepVersions: 1, maxLoadedVersions: 4 },
    polling: { pollIntervalMs: 20, rescanIntervalMs: 0 },
    defaultModel: 'digits',
  });
  await registry.start();
  return createPredictor({ registry, images });
}

async function open(root: string): Promise<Repository> {
  return createRepository({
    store: createDiskStore({ root }),
    cacheDir: await temporaryFolder(),
    maxArtifactBytes: 1e8,
  });
}

const draft = (model: Uint8Array) => tinyDraft({ files: new Map([['model.onnx', model]]) });

const request = () => ({
  model: 'digits',
  instances: [{ kind: 'pixels', values: [0, 255, 0, 255] } as const],
  topK: 1,
  partial: false,
  cancellation: createCancellation(),
});

const states = () => registry.describeModel('digits').versions.map(({ state }) => state);

/** The version that answered and the class it named. */
function summary({ version, predictions }: PredictResult): string {
  return `${version} ${predictions.map((each) => ('label' in each ? each.label : '?')).join()}`;
}

describe('the data plane', () => {
  it.each([
    ['on worker threads', 0],
    ['inline', 60_000],
  ])(
    'changes versions under load without a failed or a mixed-up request, %s',
    async (_, budget) => {
      const root = await temporaryFolder();
      const publisher = await open(root);
      await publisher.publish(draft(tinyModel()));
      const predictor = await start(root, budget);
      const over = new AbortController();
      const seen = new Map<string, number>();
      const clients = Array.from({ length: 32 }, async () => {
        while (!over.signal.aborted) {
          const answer = summary(await predictor.predict(request()));
          seen.set(answer, (seen.get(answer) ?? 0) + 1);
        }
      });
      const answered = expect.poll(() => [...seen.keys()], { timeout: 100_000 });
      await answered.toEqual(['1 bright']);
      await publisher.publish(draft(tinyModel({ shift: -50 })));
      const afterReload = expect.poll(() => [...seen.keys()], { timeout: 100_000 });
      await afterReload.toEqual(['1 bright', '2 left']);
      await expect.poll(states, { timeout: 100_000 }).toEqual(['UNLOADED', 'READY']);
      over.abort();
      await Promise.all(clients);
      await publisher.close();
    },
  );

  it('refuses a version whose bytes rotted on disk and names it, while the old one answers', async () => {
    const root = await temporaryFolder();
    const publisher = await open(root);
    await publisher.publish(draft(tinyModel()));
    const predictor = await start(root, 60_000);
    await publisher.publish(draft(tinyModel({ shift: -50 })));
    await writeFile(join(root, 'digits/2/model.onnx'), tinyModel({ shift: -51 }));
    await registry.reconcile();
    expect(summary(await predictor.predict(request()))).toBe('1 bright');
    const { ready, reasons } = registry.readiness();
    expect(ready).toBe(true);
    expect(reasons.join()).toContain('version 2, which cannot be loaded');
    await publisher.close();
  });

  it('lets the event loop turn while a slow model answers', async () => {
    const root = await temporaryFolder();
    const publisher = await open(root);
    await publisher.publish(draft(slowModel(1500)));
    const predictor = await start(root, 5);
    expect(registry.describeModel('digits').versions[0]!.place).toBe('worker');
    let turns = 0;
    const counting = setInterval(() => (turns += 1), 1);
    await predictor.predict(request());
    clearInterval(counting);
    expect(turns, 'inline it would be one or two').toBeGreaterThan(5);
    await publisher.close();
  });
});

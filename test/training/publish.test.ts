import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTrust } from '../../src/loading/trust.ts';
import { createImagePreparer } from '../../src/image/prepare-image.ts';
import { publishNet, tryNet, type TrainedNet } from '../../src/training/publish.ts';
import { repositoryIn } from '../datasets/dataset-files.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { tinyModel, tinySignature, type TinyOptions } from '../support/tiny-onnx.ts';
import { tinyPng, tinyPreprocessing, tinyScores } from '../support/tiny-version.ts';

const one = { edges: [], counts: [1] };

/** Publishes a tiny net as a run would, with the label production, into a repository of its own. */
async function publish(options: TinyOptions, golden: TrainedNet['golden']) {
  const folder = await temporaryFolder();
  const repository = repositoryIn(folder);
  const trust = createTrust({ folder: join(folder, 'trained'), isMarked: () => false });
  const images = createImagePreparer({
    limits: { maxBytes: 1e6, maxPixels: 1e6, maxFrames: 10 },
    concurrency: 1,
    queueSize: 10,
    threads: 1,
  });
  const plan = { model: 'tiny', label: 'production' };
  const net: TrainedNet = {
    graph: { model: tinyModel(options) },
    signature: tinySignature,
    preprocessing: tinyPreprocessing,
    gate: {},
    golden,
    metrics: {},
    lineage: {},
    baseline: { examples: 1, classes: [1, 0, 0], confidence: one, brightness: one },
  };
  const { signal } = new AbortController();
  try {
    await tryNet(plan, net, { images, threads: 1 });
    const context = { repository, trust, signal, report: () => {} };
    await publishNet(plan, net, { writerId: 'one' }, context);
    return { error: undefined, labels: await repository.labels('tiny') };
  } catch (error) {
    return { error, labels: await repository.labels('tiny') };
  } finally {
    await images.close();
    await repository.close();
  }
}

const nothing = { labels: {}, etag: undefined };
const noGolden = { samples: [], files: new Map(), notes: [] };
const oneGolden = async (shift = 0) => ({
  samples: [{ file: 'golden/0.png', label: 'left', scores: tinyScores('left', shift) }],
  files: new Map([['golden/0.png', await tinyPng('left')]]),
  notes: [],
});

describe('publishing a trained net', () => {
  it('makes a version of one that passes the self-test of a server', async () => {
    const { error, labels } = await publish({}, await oneGolden());
    expect(error).toBeUndefined();
    expect(labels).toMatchObject({ labels: { production: 1, latest: 1 } });
  });

  it('refuses one that answers with NaN, before a version exists or a label moves', async () => {
    const { error, labels } = await publish({ isNaN: true }, noGolden);
    expect(error).toMatchObject({
      code: 'GLIMPSE_SELF_TEST_FAILED',
      message: expect.stringContaining('not finite') as string,
    });
    expect(labels).toEqual(nothing);
  });

  it('refuses one that does not answer its golden samples as recorded', async () => {
    const { error, labels } = await publish({ shift: 3 }, await oneGolden());
    expect(error).toMatchObject({ code: 'GLIMPSE_SELF_TEST_FAILED' });
    expect(labels).toEqual(nothing);
  });

  it('refuses one that does not take the images of its signature', async () => {
    const { error, labels } = await publish({ inputShape: [4, 1, 1] }, noGolden);
    expect(error).toMatchObject({ code: 'GLIMPSE_MODEL_INVALID' });
    expect(labels).toEqual(nothing);
  });
});

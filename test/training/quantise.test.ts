import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildInferenceGraph } from '../../src/neural/inference-graph.ts';
import { resolveArchitecture } from '../../src/neural/architectures.ts';
import { decodeModel } from '../../src/neural/onnx-model.ts';
import { withDigest } from '../../src/datasets/dataset.ts';
import { createRandom } from '../../src/random.ts';
import { readFinishedNet } from '../../src/training/finished-net.ts';
import { quantiseNet } from '../../src/training/quantising/quantise-net.ts';
import { usualGate } from '../../src/training/quantising/quantisation-gate.ts';
import { tinyPreprocessing } from '../support/tiny-version.ts';
import { tinySignature } from '../support/tiny-onnx.ts';
import { bars, tinyWorkshop } from './tiny-run.ts';

const signal = new AbortController().signal;
const operatorsOf = (model: Uint8Array): string[] =>
  decodeModel(model).graph.node.map(({ opType }) => opType);

/** Trains with `quantise`, as a job of a server does that is ended while it publishes. */
async function trainQuantised(count: number) {
  const { folder, repository, run } = await tinyWorkshop(bars(count));
  const finishedDir = join(folder, 'finished');
  const outcome = await run({ quantise: true }, { finishedDir });
  const { manifest, folder: version } = await repository.open('bars', outcome.version);
  const model = await readFile(join(version, manifest.entry));
  return { outcome, manifest, model, finished: await readFinishedNet(finishedDir) };
}

describe('training that is asked to quantise', () => {
  it('publishes the net in eight bits, measured and with golden samples as it is served', async () => {
    const { manifest, model, outcome, finished } = await trainQuantised(240);
    expect(operatorsOf(model)).toContain('QuantizeLinear');
    const { quantisation, metrics, golden, lineage } = manifest;
    expect(quantisation).toMatchObject({ method: 'static-qdq', comparedOn: 24, agreement: 1 });
    expect(quantisation?.calibratedOn.examples).toBe(192);
    expect(metrics.accuracy).toBe(quantisation?.quantised.accuracy);
    expect(metrics.temperature).toBeGreaterThan(0);
    expect(golden.length).toBeGreaterThan(0);
    expect(lineage.hyperparameters).toMatchObject({ quantise: true });
    expect(outcome.notes.join()).not.toContain('quantised');
    // What a restarted server publishes is the same net, with all that is known of it.
    expect(Buffer.from(finished!.net.graph.model)).toEqual(model);
    expect(finished!.net.quantisation).toEqual(quantisation);
  });

  it('has the same bytes for the same seed', async () => {
    const [one, two] = [await trainQuantised(120), await trainQuantised(120)];
    expect(one.model).toEqual(two.model);
  });

  it('publishes float32, and says why, where examples are too few', async () => {
    const { manifest, model, outcome } = await trainQuantised(36);
    expect(operatorsOf(model)).not.toContain('QuantizeLinear');
    expect(manifest.quantisation).toBeUndefined();
    expect(outcome.notes.join()).toContain(
      'The net was not quantised, and is served in float32: 30 training examples are too few',
    );
  });
});

describe('a trained net that eight bits would change', () => {
  const random = createRandom(5);
  const pixels = Uint8Array.from({ length: 80 * 4 }, () => random.integer(256));
  const labels = Int32Array.from({ length: 80 }, (_, at) => at % 3);
  const shape = { width: 2, height: 2, channels: 1 as const };
  const dataset = withDigest({ pixels, labels, shape, classes: tinySignature.classes });
  const some = (from: number, to: number) => ({
    dataset,
    indices: Int32Array.from({ length: to - from }, (_, at) => from + at),
    preprocessing: tinyPreprocessing,
  });
  const [training, heldOut] = [some(0, 40), some(40, 80)];
  const inputShape = [1, 2, 2];
  const layers = resolveArchitecture(
    { layers: [{ type: 'flatten' }, { type: 'dense' }] },
    { inputShape, classes: 3 },
  );
  const kernel = Float32Array.of(500, 500, 500, -2, -1, 1, 0, 2, 0, -2, -1, 1);
  const values = new Map([
    [`${layers[1]!.name}.kernel`, kernel],
    [`${layers[1]!.name}.bias`, Float32Array.of(1, 0, -1)],
  ]);
  const options = {
    build: (temperature: number) =>
      buildInferenceGraph({ layers, inputShape, values, temperature }),
    signature: tinySignature,
    training,
    heldOut,
    gate: usualGate,
    signal,
  };

  it('is refused with the figures of both', async () => {
    const { refusal } = (await quantiseNet(options)) as { refusal: string };
    expect(refusal).toMatch(
      /^The net was not quantised, .*: accuracy [\d.]+ % in float32 and [\d.]+ % in eight bits, [\d.]+ % answered alike, on 40 examples/,
    );
  });

  it('is quantised where the request says that it may be so much worse', async () => {
    const gate = { maxAccuracyFall: 1, minAgreement: 0 };
    const quantised = await quantiseNet({ ...options, gate });
    expect(quantised).toMatchObject({ quantisation: { comparedOn: 40 } });
  });

  it('is not quantised without examples to compare it on', async () => {
    const { refusal } = (await quantiseNet({ ...options, heldOut: training })) as {
      refusal: string;
    };
    expect(refusal).toContain('no held-out examples');
  });
});

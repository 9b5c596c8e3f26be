import { isGlimpseError } from '../../errors.ts';
import type { InferenceGraph } from '../../neural/inference-graph.ts';
import { createRandom } from '../../random.ts';
import type { Quantisation } from '../../repository/figures/quantisation.ts';
import { openOnnxRuntime } from '../../runtime/onnx-runtime.ts';
import type { Signature } from '../../signature.ts';
import type { Examples } from '../examples/batches.ts';
import { batchesOf } from './example-batches.ts';
import { gateFault, type QuantisationGate } from './quantisation-gate.ts';
import {
  LEAST_CALIBRATION,
  MOST_CALIBRATION,
  quantisedModels,
  quantiseServed,
  type OpenGraph,
} from './quantise-served.ts';

export interface QuantiseNetOptions {
  /** The net as it would be served in float32, with its logits divided by a temperature. */
  readonly build: (temperature: number) => InferenceGraph;
  readonly signature: Signature;
  readonly training: Examples;
  /** What the net is measured on; the training examples where there are no others. */
  readonly heldOut: Examples;
  readonly gate: QuantisationGate;
  readonly signal: AbortSignal;
}

/** Milliseconds are measured in batches up to this size: servers run none that are larger unless they are told to. */
const MEASURED_UP_TO = 64;

/** A net in eight bits, or why it is served in float32. */
export type QuantisedNet =
  | { readonly refusal: string }
  | {
      readonly quantisation: Quantisation;
      /** The graph whose logits are divided by a temperature. */
      readonly build: (temperature: number) => Promise<InferenceGraph>;
    };

/** Quantises a trained net by some of its training examples, and compares both on the held-out ones. */
export async function quantiseNet(options: QuantiseNetOptions): Promise<QuantisedNet> {
  const { build, training, heldOut, signature, gate, signal } = options;
  if (heldOut === training) return refuse('there are no held-out examples to compare it on');
  if (training.indices.length < LEAST_CALIBRATION) {
    return refuse(
      `${training.indices.length} training examples are too few to calibrate it, ${LEAST_CALIBRATION} are needed`,
    );
  }
  const calibration = batchesOf(calibrationOf(training), signature.input.shape);
  const { model } = build(1);
  const working = { signature, readData: noFile, open: openHere, calibration, signal };
  try {
    const { quantisation } = await quantiseServed({
      ...working,
      model,
      modelBytes: model.length,
      heldOut: batchesOf(heldOut, signature.input.shape),
      digest: training.dataset.digest,
      maxBatchSize: MEASURED_UP_TO,
    });
    const fault = gateFault(quantisation, gate);
    if (fault !== undefined) return refuse(fault);
    return {
      quantisation,
      async build(temperature) {
        const float = build(temperature);
        const models = await quantisedModels(float.model, working);
        return { ...float, model: models.get(quantisation.ranges)! };
      },
    };
  } catch (error) {
    signal.throwIfAborted();
    if (isGlimpseError(error) && error.code === 'GLIMPSE_NOT_QUANTISABLE') {
      return refuse(error.message);
    }
    throw error;
  }
}

/** A trained net is one file. */
const noFile = (): Promise<never> =>
  Promise.reject(new Error('a net keeps no data elsewhere: this is our bug'));

const refuse = (reason: string): QuantisedNet => ({
  refusal: `The net was not quantised, and is served in float32: ${reason}.`,
});

/** Some of the training examples, the same each time, from all over their order. */
function calibrationOf(training: Examples): Examples {
  const indices = createRandom(0)
    .shuffle(training.indices.slice())
    .slice(0, MOST_CALIBRATION)
    .sort();
  return { ...training, indices };
}

/** Opens a graph on this thread, which a training has for itself; on one, so that sums have one order. */
export async function openHere(file: Uint8Array, signature: Signature): Promise<OpenGraph> {
  const runtime = await openOnnxRuntime({ file, signature, threads: 1 });
  return {
    async infer(batch) {
      const startedAt = performance.now();
      const outputs = await runtime.infer(batch);
      return { outputs, tookMs: performance.now() - startedAt };
    },
    close: () => runtime.close(),
  };
}

import {
  quantiseModel,
  type QuantisedModels,
  type RangeMethod,
} from '../../neural/quantise/quantise.ts';
import type { Quantisation, QuantisationSide } from '../../repository/figures/quantisation.ts';
import type { TimedResult } from '../../runtime/open-engine.ts';
import { chooseBatchSize, timeOf } from '../../runtime/placement/choose-placement.ts';
import { measureCurve } from '../../runtime/placement/measure-curve.ts';
import { toScores, type Signature } from '../../signature.ts';
import type { Tensor } from '../../tensor.ts';
import type { ExampleBatches } from './example-batches.ts';
import { classesOf, shareAlike } from './quantisation-gate.ts';

/** A graph that is open, in a cell or on this thread. */
export interface OpenGraph {
  infer(batch: Tensor): Promise<TimedResult>;
  close(): Promise<void>;
}

/** What it takes to see the values of a model. */
export interface ObserveOptions {
  readonly signature: Signature;
  /** Reads a file that the model keeps weights in. */
  readonly readData: (location: string) => Promise<Uint8Array>;
  /** Opens a graph with that signature. */
  readonly open: (model: Uint8Array, signature: Signature) => Promise<OpenGraph>;
  readonly calibration: ExampleBatches;
  readonly signal: AbortSignal;
}

export interface QuantiseServedOptions extends ObserveOptions {
  readonly model: Uint8Array;
  /** Bytes of the model with all of its files. */
  readonly modelBytes: number;
  /** What both models are compared on. */
  readonly heldOut: ExampleBatches;
  /** Of all of these examples. */
  readonly digest: string;
  readonly maxBatchSize: number;
}

export interface QuantisedServed {
  readonly model: Uint8Array;
  readonly quantisation: Quantisation;
}

/** Examples in one run while the values of a graph are looked at: all of them are in memory at once. */
const OBSERVED_AT_ONCE = 16;
const INFERRED_AT_ONCE = 64;

/** Fewer tell little about the range of a value. */
export const LEAST_CALIBRATION = 32;
/** More change no range that matters. */
export const MOST_CALIBRATION = 256;

/**
 * The model in eight bits, and what that changed: of the ways to choose ranges the one that changes scores least on the
 * calibration examples, compared with the float model on others. GLIMPSE_NOT_QUANTISABLE.
 */
export async function quantiseServed(options: QuantiseServedOptions): Promise<QuantisedServed> {
  const { model, modelBytes, signature, calibration, heldOut } = options;
  const quantised = await quantisedModels(model, options);
  const float = await examined(model, modelBytes, options);
  const candidates: Candidate[] = [];
  for (const [ranges, bytes] of quantised) {
    candidates.push({ ranges, bytes, seen: await seenBy(bytes, options) });
  }
  const offOf = ({ seen }: Candidate): number => difference(float.seen, seen, signature);
  const best = candidates.reduce((one, other) => (offOf(other) < offOf(one) ? other : one));
  const side = await examined(best.bytes, best.bytes.length, options);
  return {
    model: best.bytes,
    quantisation: {
      method: 'static-qdq',
      ranges: best.ranges,
      calibratedOn: { digest: options.digest, examples: calibration.count },
      comparedOn: heldOut.count,
      agreement: shareAlike(float.classes, side.classes),
      float: float.side,
      quantised: side.side,
    },
  };
}

/** A model in eight bits, by each way to choose the ranges of its values. */
export async function quantisedModels(
  model: Uint8Array,
  { signature, readData, open, calibration, signal }: ObserveOptions,
): Promise<QuantisedModels> {
  return await quantiseModel(model, {
    readData,
    async open(graph) {
      const opened = await open(graph.model, observing(signature, graph));
      return {
        infer: async (batch) => (await opened.infer(batch)).outputs,
        close: () => opened.close(),
      };
    },
    async *batches() {
      for (const batch of calibration.batches(OBSERVED_AT_ONCE)) {
        signal.throwIfAborted();
        yield batch;
      }
    },
  });
}

interface Candidate {
  readonly ranges: RangeMethod;
  readonly bytes: Uint8Array;
  /** Raw outputs for the calibration examples. */
  readonly seen: Float32Array;
}

/** What an open model answers to examples, row by row. */
async function outputsFor(
  opened: OpenGraph,
  examples: ExampleBatches,
  { signature, signal }: QuantiseServedOptions,
): Promise<Float32Array> {
  const all = new Float32Array(examples.count * signature.classes.length);
  let at = 0;
  for (const batch of examples.batches(INFERRED_AT_ONCE)) {
    signal.throwIfAborted();
    const { outputs } = await opened.infer(batch);
    all.set(outputs.data, at);
    at += outputs.data.length;
  }
  return all;
}

/** What a model answers to the calibration examples. */
async function seenBy(model: Uint8Array, options: QuantiseServedOptions): Promise<Float32Array> {
  const opened = await options.open(model, options.signature);
  try {
    return await outputsFor(opened, options.calibration, options);
  } finally {
    await opened.close();
  }
}

interface Examined {
  /** Raw outputs for the calibration examples. */
  readonly seen: Float32Array;
  /** What the held-out examples are answered. */
  readonly classes: Int32Array;
  readonly side: QuantisationSide;
}

/** What a model answers, and its figures. */
async function examined(
  model: Uint8Array,
  bytes: number,
  options: QuantiseServedOptions,
): Promise<Examined> {
  const { calibration, heldOut, signature, maxBatchSize } = options;
  const opened = await options.open(model, signature);
  try {
    const outputs = await outputsFor(opened, heldOut, options);
    const classes = classesOf(outputs, signature.classes.length);
    const measured = {
      openMs: 0,
      residentBytes: () => Promise.resolve(undefined),
      inferTimed: (batch: Tensor) => opened.infer(batch),
    };
    const limits = { signature, maxBatchSize, memoryBytes: Infinity };
    const { curve } = await measureCurve(measured, limits);
    const batchSize = chooseBatchSize(curve, maxBatchSize);
    const { labels } = heldOut;
    const side = {
      bytes,
      ...(labels && { accuracy: shareAlike(classes, labels) }),
      msAlone: rounded(timeOf(curve, 1)),
      batchSize,
      msInBatch: rounded(timeOf(curve, batchSize) / batchSize),
    };
    return { seen: await outputsFor(opened, calibration, options), classes, side };
  } finally {
    await opened.close();
  }
}

/** The mean by which a score is off. */
function difference(
  right: Float32Array,
  other: Float32Array,
  { classes, output }: Signature,
): number {
  let sum = 0;
  for (let at = 0; at < right.length; at += classes.length) {
    const [one, two] = [right, other].map((all) =>
      toScores(all.subarray(at, at + classes.length), output.kind),
    );
    one!.forEach((score, place) => (sum += Math.abs(score - two![place]!)));
  }
  return sum / right.length;
}

/** The signature of a graph that gives figures about the values of a model instead of its scores. */
function observing(
  { input }: Signature,
  { output, width }: { readonly output: string; readonly width: number },
): Signature {
  const classes = Array.from({ length: width }, (_, place) => String(place));
  return { input, output: { name: output, kind: 'logits' }, classes };
}

const rounded = (ms: number): number => Number(ms.toPrecision(4));

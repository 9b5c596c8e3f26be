import { availableParallelism } from 'node:os';
import type { CellOptions } from './cells/cell.ts';
import { startCell } from './cells/start-cell.ts';
import { openHostedRuntime, type HostedRuntime } from './hosted-runtime.ts';
import type { ModelHost } from './model-host.ts';
import { startModelThread } from './model-thread.ts';
import type { EngineOptions } from './open-engine.ts';
import { choosePlacement, timeOf, type PlacementLimits } from './placement/choose-placement.ts';
import { measureCurve } from './placement/measure-curve.ts';
import { createPlacedRuntime } from './placement/placed-runtime.ts';
import type { Measurement, ModelRuntime, Placement } from './runtime.ts';

export interface LoadRuntimeOptions extends EngineOptions, CellOptions {
  readonly maxBatchSize: number;
  /** Whether the model may run in this process, where its engine may; otherwise it gets a cell. */
  readonly isTrusted: boolean;
  /** Bytes of the files of the model; where it is left out the model is not opened twice. */
  readonly modelBytes?: number;
  /** A batch of a trusted model that takes longer than this runs on a worker thread. */
  readonly inlineBudgetMs: number;
  /** What was measured of this model on this machine before: then nothing is measured. */
  readonly measured?: Measurement | undefined;
  /** A thread or cell died and is being replaced. */
  onRestart?(reason: string): void;
  /** It died so often in a row that the model is set aside for some minutes. */
  onQuarantine?(reason: string): void;
  /** A thread does not come back from its model: until it has ended an exit of this process would wait for it. */
  onAbandon?(ended: Promise<void>): void;
  /** Called each time a thread or cell has read the files, also after a restart: rejects when they changed. */
  confirm?(): Promise<void>;
  /** Gives up while the model is being opened. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a model and decides where its batches run. A model that is not trusted, or TensorFlow's, gets a cell, which can be ended
 * whatever it does. A trusted one is opened in a thread of its own first, and measured there; only a model that proved
 * fast is opened on the calling thread as well, so the thread that answers health checks is never held up by a load or
 * by a batch that was not measured. What was measured at an earlier start is taken as it is.
 * Rejects with GLIMPSE_MODEL_INVALID, GLIMPSE_MODEL_TIMEOUT, GLIMPSE_MODEL_MEMORY, GLIMPSE_RUNTIME_FAILED or
 * GLIMPSE_RUNTIME_MISSING.
 */
export async function loadRuntime(given: LoadRuntimeOptions): Promise<ModelRuntime> {
  const { measured, signature } = given;
  const { batch = Infinity } = signature.input;
  const options = { ...given, maxBatchSize: Math.min(given.maxBatchSize, batch) };
  if (!measured) return await measureAndPlace(options);
  const placement = choosePlacement(measured, placementLimits(options), true);
  return placement.inlineUpTo > 0
    ? await place(options, placement, undefined)
    : await place(options, placement, await startHosted(options, options.signal));
}

async function measureAndPlace(options: LoadRuntimeOptions): Promise<ModelRuntime> {
  const hosted = await startHosted(options, options.signal);
  try {
    const memoryBytes = options.limits.memoryBytes * batchMemoryShare;
    const measurement = await measureCurve(hosted, { ...options, memoryBytes });
    const placement = choosePlacement(measurement, placementLimits(options), false);
    return await place(options, placement, hosted);
  } catch (error) {
    await hosted.close();
    throw error;
  }
}

/** The model where its batches are to run: a thread that none needs is ended. */
async function place(
  options: LoadRuntimeOptions,
  placement: Placement,
  hosted: HostedRuntime | undefined,
): Promise<ModelRuntime> {
  const { batchSize, inlineUpTo, measurement } = placement;
  const fullMs = timeOf(measurement.curve, batchSize);
  const batchMs = batchLimitMs(fullMs, options.limits.batchMs);
  hosted?.limitBatches(batchMs);
  const start = (signal: AbortSignal): Promise<HostedRuntime> =>
    startHosted({ ...options, limits: { ...options.limits, batchMs } }, signal);
  // Imported here, because a server whose models all run on threads never needs the engine on this one.
  const inline =
    inlineUpTo > 0 ? await (await import('./onnx-runtime.ts')).openOnnxRuntime(options) : undefined;
  const isNeeded = inlineUpTo < batchSize;
  if (!isNeeded) await hosted?.close();
  const kept = isNeeded ? hosted : undefined;
  return createPlacedRuntime({
    placement,
    inline,
    hosted: kept,
    startHosted: start,
    onFailure: (reason) => options.onRestart?.(reason),
  });
}

function placementLimits(options: LoadRuntimeOptions): PlacementLimits {
  const { maxBatchSize, inlineBudgetMs, modelBytes = Infinity } = options;
  const mayBeInline = mayShareProcess(options);
  const processors = availableParallelism();
  return { maxBatchSize, mayBeInline, inlineBudgetMs, modelBytes, processors };
}

/**
 * Whether the model may run in this process. TensorFlow never does, whoever trusts its model: its library takes some
 * 400 MB that only the end of its process gives back, writes to our stderr, and takes the process along when it fails.
 */
function mayShareProcess({ isTrusted, runtime }: LoadRuntimeOptions): boolean {
  return isTrusted && runtime === 'onnx';
}

function startHosted(
  options: LoadRuntimeOptions,
  signal: AbortSignal | undefined,
): Promise<HostedRuntime> {
  const hosting = {
    batchMs: options.limits.batchMs,
    start: (signal: AbortSignal | undefined) => startConfirmed({ ...options, signal }),
    onRestart: (reason: string) => options.onRestart?.(reason),
    onQuarantine: (reason: string) => options.onQuarantine?.(reason),
  };
  return openHostedRuntime(hosting, signal);
}

async function startConfirmed(options: LoadRuntimeOptions): Promise<ModelHost> {
  const { runtime, file, signature, threads, limits, signal } = options;
  const engine = { runtime, file, signature, threads };
  const onAbandon = (ended: Promise<void>): void => options.onAbandon?.(ended);
  const host = mayShareProcess(options)
    ? await startModelThread({ engine, limits, onAbandon, signal })
    : await startCell(engine, options);
  try {
    await options.confirm?.();
    return host;
  } catch (error) {
    await host.close();
    throw error;
  }
}

/** Batches are not made larger once they take so much of the memory that the model may have. */
const batchMemoryShare = 1 / 4;

const leastLimitMs = 5_000;

/**
 * How long a batch may take, by what a full one was measured to take: a model of some milliseconds that computes
 * for seconds does not come back, and callers who share its batch have deadlines.
 */
export function batchLimitMs(measuredMs: number, longestMs: number): number {
  return Math.min(longestMs, Math.max(leastLimitMs, measuredMs * 50));
}

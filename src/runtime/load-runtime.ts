import { sizeOf, type Tensor } from '../tensor.ts';
import type { CellOptions } from './cells/cell.ts';
import { startCell } from './cells/start-cell.ts';
import { openHostedRuntime, type HostedRuntime } from './hosted-runtime.ts';
import type { ModelHost } from './model-host.ts';
import { startModelThread } from './model-thread.ts';
import type { EngineOptions } from './open-engine.ts';
import type { ModelRuntime } from './runtime.ts';

export interface LoadRuntimeOptions extends EngineOptions, CellOptions {
  readonly maxBatchSize: number;
  /** Whether the model may run in this process; otherwise it gets a cell. */
  readonly isTrusted: boolean;
  /** A full batch of a trusted model measured slower than this stays on a worker thread. */
  readonly inlineBudgetMs: number;
  /** A thread or cell died and is being replaced. */
  onRestart?(reason: string): void;
  /** It died so often in a row that the model is set aside for some minutes. */
  onQuarantine?(reason: string): void;
  /** A thread does not come back from its model: an exit of this process would wait for it. */
  onAbandon?(): void;
  /** Called each time a thread or cell has read the files, also after a restart: rejects when they changed. */
  confirm?(): Promise<void>;
  /** Gives up while the model is being opened. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a model and decides where its batches run. A model that is not trusted gets a cell, which can be ended
 * whatever it does. A trusted one is opened in a thread of its own first, and a full batch is measured
 * there; only a model that proved fast is opened again on the calling thread, so the
 * thread that answers health checks is never held up by a load or by a slow batch.
 * Rejects with GLIMPSE_MODEL_INVALID, GLIMPSE_MODEL_TIMEOUT, GLIMPSE_MODEL_MEMORY, GLIMPSE_RUNTIME_FAILED or
 * GLIMPSE_RUNTIME_MISSING.
 */
export async function loadRuntime(options: LoadRuntimeOptions): Promise<ModelRuntime> {
  const { runtime, isTrusted, inlineBudgetMs, limits } = options;
  const hosting = {
    batchMs: limits.batchMs,
    start: (signal: AbortSignal | undefined) => startConfirmed({ ...options, signal }),
    onRestart: (reason: string) => options.onRestart?.(reason),
    onQuarantine: (reason: string) => options.onQuarantine?.(reason),
  };
  const hosted = await openHostedRuntime(hosting, options.signal);
  try {
    const batchMs = await measureBatch(hosted, options);
    hosted.limitBatches(batchLimitMs(batchMs, limits.batchMs));
    // TensorFlow's calls take their thread for as long as they please, so it never runs inline.
    const mayBeInline = isTrusted && runtime === 'onnx';
    if (!mayBeInline || !fitsInline(batchMs, hosted.openMs, inlineBudgetMs)) return hosted;
    // Imported here, because a server whose models all run on threads never needs the engine on this one.
    const { openOnnxRuntime } = await import('./onnx-runtime.ts');
    const inline = await openOnnxRuntime(options);
    await hosted.close();
    return inline;
  } catch (error) {
    await hosted.close();
    throw error;
  }
}

async function startConfirmed(options: LoadRuntimeOptions): Promise<ModelHost> {
  const { runtime, file, signature, threads, limits, signal, isTrusted } = options;
  const engine = { runtime, file, signature, threads };
  const onAbandon = (): void => options.onAbandon?.();
  const host = isTrusted
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

const leastLimitMs = 5_000;

/**
 * How long a batch may take, by what a full one was measured to take: a model of some milliseconds that computes
 * for seconds does not come back, and callers who share its batch have deadlines.
 */
export function batchLimitMs(measuredMs: number, longestMs: number): number {
  return Math.min(longestMs, Math.max(leastLimitMs, measuredMs * 50));
}

/**
 * Opening may hold the thread up fifty times as long as a batch: it happens once, and the time measured
 * in a fresh thread includes the start of the engine itself.
 */
export function fitsInline(batchMs: number, openMs: number, budgetMs: number): boolean {
  return batchMs <= budgetMs && openMs <= budgetMs * 50;
}

const measuredRuns = 5;

/** Median time of a warm, full batch; a model that is clearly too slow is not kept waiting for all runs. */
async function measureBatch(
  hosted: HostedRuntime,
  { signature, maxBatchSize, inlineBudgetMs }: LoadRuntimeOptions,
): Promise<number> {
  const shape = [maxBatchSize, ...signature.input.shape];
  const fullBatch = (): Tensor => ({ shape, data: new Float32Array(sizeOf(shape)).fill(0.5) });
  const { tookMs: coldMs } = await hosted.inferTimed(fullBatch());
  if (coldMs > inlineBudgetMs * 100) return coldMs;
  const times: number[] = [];
  do {
    const { tookMs } = await hosted.inferTimed(fullBatch());
    times.push(tookMs);
  } while (times.length < measuredRuns && times.at(-1)! <= inlineBudgetMs * 10);
  return median(times);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

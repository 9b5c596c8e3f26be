import { sizeOf, type Tensor } from '../tensor.ts';
import { startModelThread, type ModelThread } from './model-thread.ts';
import type { ThreadInit } from './model-worker.ts';
import type { ModelRuntime } from './runtime.ts';
import { openWorkerRuntime, type WorkerRuntime } from './worker-runtime.ts';

export interface LoadRuntimeOptions extends ThreadInit {
  readonly maxBatchSize: number;
  /** A full batch measured slower than this stays on a worker thread. */
  readonly inlineBudgetMs: number;
  /** A worker thread died and is being replaced. */
  onRestart?(reason: string): void;
  /** Called each time a thread has read the files, also after a restart: rejects when they changed. */
  confirm?(): Promise<void>;
}

/**
 * Opens a model and decides where its batches run. It is opened in a thread of its own first, and a full
 * batch is measured there; only a model that proved fast is opened again on the calling thread, so the
 * thread that answers health checks is never held up by a load or by a slow batch.
 * Rejects with GLIMPSE_MODEL_INVALID, GLIMPSE_RUNTIME_FAILED or GLIMPSE_RUNTIME_MISSING.
 */
export async function loadRuntime(options: LoadRuntimeOptions): Promise<ModelRuntime> {
  const { runtime, inlineBudgetMs } = options;
  const worker = await openWorkerRuntime({
    start: () => startConfirmed(options),
    onRestart: (reason) => options.onRestart?.(reason),
  });
  try {
    const batchMs = await measureBatch(worker, options);
    // TensorFlow's calls take their thread for as long as they please, so it never runs inline.
    const isInline = runtime === 'onnx' && fitsInline(batchMs, worker.openMs, inlineBudgetMs);
    if (!isInline) return worker;
    // Imported here, because a server whose models all run on threads never needs the engine on this one.
    const { openOnnxRuntime } = await import('./onnx-runtime.ts');
    const inline = await openOnnxRuntime(options);
    await worker.close();
    return inline;
  } catch (error) {
    await worker.close();
    throw error;
  }
}

async function startConfirmed(options: LoadRuntimeOptions): Promise<ModelThread> {
  const { runtime, file, signature, threads } = options;
  const thread = await startModelThread({ runtime, file, signature, threads });
  try {
    await options.confirm?.();
    return thread;
  } catch (error) {
    await thread.close();
    throw error;
  }
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
  worker: WorkerRuntime,
  { signature, maxBatchSize, inlineBudgetMs }: LoadRuntimeOptions,
): Promise<number> {
  const shape = [maxBatchSize, ...signature.input.shape];
  const fullBatch = (): Tensor => ({ shape, data: new Float32Array(sizeOf(shape)).fill(0.5) });
  const { tookMs: coldMs } = await worker.inferTimed(fullBatch());
  if (coldMs > inlineBudgetMs * 100) return coldMs;
  const times: number[] = [];
  do {
    const { tookMs } = await worker.inferTimed(fullBatch());
    times.push(tookMs);
  } while (times.length < measuredRuns && times.at(-1)! <= inlineBudgetMs * 10);
  return median(times);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

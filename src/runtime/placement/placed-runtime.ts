import { setImmediate as nextTurn } from 'node:timers/promises';
import { mapConcurrently } from '../../concurrency.ts';
import { messageOf } from '../../errors.ts';
import { sizeOf, type Tensor } from '../../tensor.ts';
import type { HostedRuntime } from '../hosted-runtime.ts';
import type { ModelRuntime, Placement } from '../runtime.ts';

export interface PlacedRuntimeOptions {
  readonly placement: Placement;
  /** The model on the calling thread; undefined where no batch runs there. */
  readonly inline: ModelRuntime | undefined;
  /** The model in its thread or cell; undefined where that is started when a batch needs it, or never. */
  readonly hosted: HostedRuntime | undefined;
  /** Starts its thread. Called only where there is `inline`, which meanwhile runs what comes. */
  startHosted(signal: AbortSignal): Promise<HostedRuntime>;
  /** It could not be started; a later batch tries again. */
  onFailure(reason: string): void;
}

/** A thread that could not be started is tried again after so long, when a batch asks for it. */
const retryMs = 10_000;

/**
 * A model whose batches are placed one by one: small ones on the calling thread while that has nobody else to serve, others
 * in the thread or cell of the model. A batch that is larger than those of this model is divided, so that nobody makes it take more memory.
 */
export function createPlacedRuntime(options: PlacedRuntimeOptions): ModelRuntime {
  return new PlacedRuntime(options);
}

class PlacedRuntime implements ModelRuntime {
  readonly place: ModelRuntime['place'];
  readonly placement: Placement;
  readonly #options: PlacedRuntimeOptions;
  readonly #closing = new AbortController();
  #hosted: HostedRuntime | undefined;
  #starting: Promise<void> | undefined;
  #triedAt = -Infinity;

  constructor(options: PlacedRuntimeOptions) {
    const { placement, hosted } = options;
    this.#options = options;
    this.#hosted = hosted;
    this.placement = placement;
    const isInline = placement.inlineUpTo >= placement.batchSize;
    this.place = isInline ? 'inline' : (hosted?.place ?? 'worker');
  }

  get unhealthyReason(): string | undefined {
    return this.#hosted?.unhealthyReason;
  }

  infer(batch: Tensor, isBusy = false): Promise<Tensor> {
    const { batchSize, inlineUpTo } = this.placement;
    const { inline } = this.#options;
    const size = batch.shape[0] ?? 0;
    const isAllInline = this.place === 'inline';
    if (inline && size <= inlineUpTo && (isAllInline || !isBusy)) return inline.infer(batch);
    if (inline && isAllInline) return inChunks(inline, batch, batchSize, 1);
    const hosted = this.#hosted;
    if (hosted && size <= batchSize) return hosted.infer(batch);
    if (hosted) return inChunks(hosted, batch, batchSize, this.placement.maxInFlight);
    this.#start();
    return inChunks(inline!, batch, inlineUpTo, 1);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#starting;
    await this.#hosted?.close();
    await this.#options.inline?.close();
  }

  #start(): void {
    const now = performance.now();
    if (this.#starting || now - this.#triedAt < retryMs || this.#closing.signal.aborted) return;
    this.#triedAt = now;
    this.#starting = this.#startHosted().finally(() => {
      this.#starting = undefined;
    });
  }

  async #startHosted(): Promise<void> {
    try {
      this.#hosted = await this.#options.startHosted(this.#closing.signal);
    } catch (error) {
      // Until it can be started the calling thread runs everything.
      if (!this.#closing.signal.aborted) this.#options.onFailure(messageOf(error));
    }
  }
}

/** The batch in runs of at most so many images, as if it had been one; on this thread others have their turn in between. */
async function inChunks(
  runtime: Pick<ModelRuntime, 'infer' | 'place'>,
  { shape, data }: Tensor,
  chunkSize: number,
  concurrency: number,
): Promise<Tensor> {
  const [count = 0, ...one] = shape;
  const size = sizeOf(one);
  const starts = Array.from({ length: Math.ceil(count / chunkSize) }, (_, at) => at * chunkSize);
  const results = await mapConcurrently(starts, concurrency, async (from) => {
    if (from > 0 && runtime.place === 'inline') await nextTurn();
    const to = Math.min(count, from + chunkSize);
    // A copy: what is handed over may move to another thread, with all of its buffer.
    const chunk = data.slice(from * size, to * size);
    return await runtime.infer({ shape: [to - from, ...one], data: chunk });
  });
  const [, ...row] = results[0]!.shape;
  const outputs = new Float32Array(count * sizeOf(row));
  let at = 0;
  for (const result of results) {
    outputs.set(result.data, at);
    at += result.data.length;
  }
  return { shape: [count, ...row], data: outputs };
}

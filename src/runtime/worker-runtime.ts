import { errors, messageOf } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import type { ModelThread } from './model-thread.ts';
import type { TimedResult } from './model-worker.ts';
import type { ModelRuntime } from './runtime.ts';

/** A runtime whose model lives in a thread of its own. */
export interface WorkerRuntime extends ModelRuntime {
  readonly place: 'worker';
  /** How long the model took to open. */
  readonly openMs: number;
  inferTimed(batch: Tensor): Promise<TimedResult>;
}

export interface WorkerRuntimeOptions {
  /** Starts a thread and opens the model in it. */
  start(): Promise<ModelThread>;
  /** A thread died and another one is being started. */
  onRestart(reason: string): void;
}

const firstDelayMs = 1_000;
const longestDelayMs = 30_000;

/** How long to wait before the next start, by the number of deaths in a row; after the first one not at all. */
export function restartDelayMs(deaths: number): number {
  return deaths <= 1 ? 0 : Math.min(longestDelayMs, firstDelayMs * 2 ** (deaths - 2));
}

/**
 * Replaces its model thread whenever that dies. The batches that ran in it fail, and no others: after a first
 * death the next batch waits for the new thread; while deaths follow one another without a result in between,
 * batches are refused at once and starts are spaced out.
 */
export async function openWorkerRuntime(options: WorkerRuntimeOptions): Promise<WorkerRuntime> {
  return new RestartingRuntime(options, await options.start());
}

class RestartingRuntime implements WorkerRuntime {
  readonly place = 'worker';
  readonly openMs: number;
  unhealthyReason: string | undefined;
  readonly #options: WorkerRuntimeOptions;
  /** The thread that runs or is being started; undefined until a delayed restart begins. */
  #thread: Promise<ModelThread> | undefined;
  #deaths = 0;
  #restartTimer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: WorkerRuntimeOptions, thread: ModelThread) {
    this.#options = options;
    this.openMs = thread.openMs;
    this.#thread = Promise.resolve(thread);
    void this.#watch(thread);
  }

  async infer(batch: Tensor): Promise<Tensor> {
    const { outputs } = await this.inferTimed(batch);
    return outputs;
  }

  async inferTimed(batch: Tensor): Promise<TimedResult> {
    if (this.unhealthyReason !== undefined || !this.#thread) {
      throw new errors.GLIMPSE_RUNTIME_FAILED(this.unhealthyReason ?? 'it is closed');
    }
    const thread = await this.#thread;
    const answer = await thread.infer(batch);
    this.#deaths = 0;
    return answer;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#restartTimer);
    const thread = await this.#thread?.catch(() => undefined);
    this.#thread = undefined;
    await thread?.close();
  }

  async #watch(thread: ModelThread): Promise<void> {
    this.#scheduleRestart(await thread.death);
  }

  #scheduleRestart(reason: string): void {
    if (this.#isClosed) return;
    this.#deaths += 1;
    const delayMs = restartDelayMs(this.#deaths);
    this.#options.onRestart(reason);
    if (delayMs === 0) return void this.#start();
    this.#thread = undefined;
    this.unhealthyReason = `its thread ended ${this.#deaths} times in a row: ${reason}`;
    this.#restartTimer = setTimeout(() => void this.#start(), delayMs).unref();
  }

  async #start(): Promise<void> {
    this.#thread = this.#options.start();
    try {
      const thread = await this.#thread;
      this.unhealthyReason = undefined;
      void this.#watch(thread);
    } catch (error) {
      this.#scheduleRestart(messageOf(error));
    }
  }
}

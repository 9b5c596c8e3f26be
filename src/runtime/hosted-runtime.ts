import { errors, messageOf } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import type { ModelHost } from './model-host.ts';
import type { TimedResult } from './open-engine.ts';
import type { ModelRuntime } from './runtime.ts';

/** A runtime whose model lives in a thread or a cell of its own. */
export interface HostedRuntime extends ModelRuntime {
  readonly place: ModelHost['place'];
  /** How long the model took to open. */
  readonly openMs: number;
  inferTimed(batch: Tensor): Promise<TimedResult>;
  /** From now on a batch may take so long. */
  limitBatches(limitMs: number): void;
  /** Memory of the process it is in; undefined where the system does not tell. */
  residentBytes(): Promise<number | undefined>;
}

export interface HostedRuntimeOptions {
  /** Starts a thread or a cell and opens the model in it, unless nobody waits for it any more. */
  start(signal: AbortSignal | undefined): Promise<ModelHost>;
  /** How long a batch may take. */
  readonly batchMs: number;
  /** A thread or cell died and another one is being started. */
  onRestart(reason: string): void;
  /** It died so often in a row that the model is set aside for some minutes. */
  onQuarantine(reason: string): void;
}

const firstDelayMs = 1_000;
/**
 * A batch of several requests that ended its host is run again request by request. Two that are poisonous may
 * end it once more each, and the others must still find a host.
 */
const repairedAtOnce = 3;
const deathsUntilQuarantine = 8;
const quarantineMs = 5 * 60_000;

/** How long to wait before the next start, by the number of deaths in a row. */
export function restartDelayMs(deaths: number): number {
  if (deaths >= deathsUntilQuarantine) return quarantineMs;
  return deaths <= repairedAtOnce ? 0 : firstDelayMs * 2 ** (deaths - repairedAtOnce - 1);
}

/**
 * Replaces its host whenever that dies. The batches that ran in it fail, and no others: after a first
 * death the next batch waits for the new host; while deaths follow one another without a result in between,
 * batches are refused at once, starts are spaced out, and in the end the model is set aside.
 */
export async function openHostedRuntime(
  options: HostedRuntimeOptions,
  signal?: AbortSignal,
): Promise<HostedRuntime> {
  return new RestartingRuntime(options, await options.start(signal));
}

class RestartingRuntime implements HostedRuntime {
  readonly place: ModelHost['place'];
  readonly openMs: number;
  readonly #options: HostedRuntimeOptions;
  /** The host that runs or is being started; undefined until a delayed restart begins. */
  #host: Promise<ModelHost> | undefined;
  /** The host that runs. */
  #running: ModelHost;
  #outage: string | undefined;
  #batchMs: number;
  #deaths = 0;
  #restartTimer: NodeJS.Timeout | undefined;
  readonly #closing = new AbortController();

  constructor(options: HostedRuntimeOptions, host: ModelHost) {
    this.#options = options;
    this.place = host.place;
    this.openMs = host.openMs;
    this.#batchMs = options.batchMs;
    this.#running = host;
    this.#host = Promise.resolve(host);
    void this.#watch(host);
  }

  get unhealthyReason(): string | undefined {
    return this.#outage ?? this.#running.unhealthyReason;
  }

  limitBatches(limitMs: number): void {
    this.#batchMs = limitMs;
  }

  async residentBytes(): Promise<number | undefined> {
    return await this.#running.residentBytes();
  }

  async infer(batch: Tensor): Promise<Tensor> {
    const { outputs } = await this.inferTimed(batch);
    return outputs;
  }

  async inferTimed(batch: Tensor): Promise<TimedResult> {
    if (this.unhealthyReason !== undefined || !this.#host) {
      throw new errors.GLIMPSE_RUNTIME_FAILED(this.unhealthyReason ?? 'it is closed');
    }
    const host = await this.#host;
    const result = await host.infer(batch, this.#batchMs);
    this.#deaths = 0;
    return result;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#restartTimer);
    const host = await this.#host?.catch(() => undefined);
    this.#host = undefined;
    await host?.close();
  }

  async #watch(host: ModelHost): Promise<void> {
    this.#scheduleRestart(await host.death);
  }

  #scheduleRestart(reason: string): void {
    if (this.#closing.signal.aborted) return;
    this.#deaths += 1;
    const delayMs = restartDelayMs(this.#deaths);
    this.#options.onRestart(reason);
    if (delayMs === 0) return void this.#start();
    this.#host = undefined;
    const what = this.place === 'cell' ? 'cell' : 'thread';
    const aside = delayMs === quarantineMs ? ' and it is set aside for 5 minutes' : '';
    this.#outage = `its ${what} ended ${this.#deaths} times in a row${aside}: ${reason}`;
    if (this.#deaths === deathsUntilQuarantine) this.#options.onQuarantine(reason);
    this.#restartTimer = setTimeout(() => void this.#start(), delayMs).unref();
  }

  async #start(): Promise<void> {
    this.#host = this.#options.start(this.#closing.signal);
    try {
      const host = await this.#host;
      this.#running = host;
      this.#outage = undefined;
      void this.#watch(host);
    } catch (error) {
      this.#scheduleRestart(messageOf(error));
    }
  }
}

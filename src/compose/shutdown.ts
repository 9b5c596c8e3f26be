import { setTimeout as delay } from 'node:timers/promises';

/** What the steps of a shutdown do. */
export interface ShutdownSteps {
  /** Running jobs stop at their next step, and nothing that takes long is begun any more. */
  drain(this: void): Promise<void>;
  /** What is in flight or queued gets its response. */
  closeListeners(this: void): Promise<unknown>;
  /** What else is open, in the order in which it is closed. */
  readonly parts: readonly { close(): unknown }[];
}

/** The end of a server. Nothing closes before all requests that use it have got their response. */
export class Shutdown {
  readonly #closing = new AbortController();
  #draining: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  /** True from its beginning: readiness fails then, and responses close their connections. */
  get hasBegun(): boolean {
    return this.#draining !== undefined;
  }

  /** Aborts right before the listeners close. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** All is still served. */
  drain(steps: ShutdownSteps): Promise<void> {
    // First it has begun: what it calls may ask.
    return (this.#draining ??= Promise.resolve().then(() => steps.drain()));
  }

  /** Streams that end with nothing but the server end now. */
  endStreams(): void {
    this.#closing.abort();
  }

  /** Closes everything after this time. */
  stop(steps: ShutdownSteps, drainDelayMs: number): Promise<void> {
    return (this.#stopped ??= this.#stop(steps, drainDelayMs));
  }

  async #stop(steps: ShutdownSteps, drainDelayMs: number): Promise<void> {
    await Promise.all([this.drain(steps), delay(drainDelayMs)]);
    this.endStreams();
    await steps.closeListeners();
    for (const part of steps.parts) await part.close();
  }
}

import { cancelReasonOf, deadlineExceeded, type CancelSignal } from '../cancellation.ts';
import { houseAccount, type Account } from '../account.ts';
import type { Flow } from '../fair-queue.ts';
import type { SpanRef } from '../account.ts';

/** What one caller of a batcher gets. */
export interface SubmitResult<Out> {
  readonly outputs: Out[];
  /** Time in the batches that held this request's items. */
  readonly inferMs: number;
  /** The rest of the time between submit and result. */
  readonly queueMs: number;
  /** The batches that held its items, in their order. */
  readonly batches: readonly BatchShare[];
}

/** The part that items of one request have in one batch. */
export interface BatchShare {
  /** No other batch has it, of whatever version or process. */
  readonly id: string;
  /** How many items the batch had, of all requests. */
  readonly size: number;
  /** How many of them are of this request. */
  readonly items: number;
}

/** One batch that was run. */
export interface RunBatch extends Pick<BatchShare, 'id' | 'size'> {
  readonly inferMs: number;
}

export interface SubmitOptions {
  readonly signal?: CancelSignal | undefined;
  /** On the clock of `performance.now()`. */
  readonly deadline?: number | undefined;
  /** Who pays: requests of one flow are taken in order, flows take turns. */
  readonly account?: Account | undefined;
}

/** One request from submit to result: which of its items no batch has taken, and the results it has so far. */
export class Pending<In, Out> {
  readonly submittedAt: number;
  readonly flow: Flow;
  readonly span: SpanRef | undefined;
  readonly answer: Promise<SubmitResult<Out>>;
  readonly #items: readonly In[];
  readonly #outputs: Out[] = [];
  readonly #batches: BatchShare[] = [];
  readonly #deadline: number;
  #taken = 0;
  #answered = 0;
  #inferMs = 0;
  #isSettled = false;
  #resolve!: (answer: SubmitResult<Out>) => void;
  #reject!: (error: unknown) => void;
  /**
   * How it hears that its caller has left. A closure that forgets it, kept in a field, had V8 keep the whole request over the
   * next collection of young objects: half a megabyte to copy each time.
   */
  readonly #signal: CancelSignal | undefined;
  readonly #onAbort: (() => void) | undefined;

  constructor(items: readonly In[], options: SubmitOptions, onAbort: (error: Error) => void) {
    const { signal, deadline = Infinity, account = houseAccount } = options;
    this.flow = account.flow;
    this.span = account.span;
    this.submittedAt = performance.now();
    this.#items = items;
    this.#deadline = deadline;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#signal = signal;
    this.#onAbort = signal && ((): void => onAbort(cancelReasonOf(signal)));
    if (this.#onAbort) signal?.addEventListener('abort', this.#onAbort);
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  get size(): number {
    return this.#items.length;
  }

  /** How many items no batch has taken yet. */
  get left(): number {
    return this.#items.length - this.#taken;
  }

  isLate(now: number): boolean {
    return now >= this.#deadline;
  }

  /** The next items for a batch, at most `count`, and where their answers belong. */
  take(count: number): { start: number; items: readonly In[] } {
    const start = this.#taken;
    const items = this.#items.slice(start, start + count);
    this.#taken += items.length;
    return { start, items };
  }

  /** Puts the answers of one batch into their places; the last one settles the caller. */
  fill(start: number, outputs: readonly Out[], { id, size, inferMs }: RunBatch): void {
    for (let index = 0; index < outputs.length; index += 1) {
      this.#outputs[start + index] = outputs[index]!;
    }
    this.#batches.push({ id, size, items: outputs.length });
    this.#answered += outputs.length;
    this.#inferMs += inferMs;
    if (this.#answered < this.#items.length) return;
    this.#settle();
    const queueMs = Math.max(0, performance.now() - this.submittedAt - this.#inferMs);
    this.#resolve({
      outputs: this.#outputs,
      inferMs: this.#inferMs,
      queueMs,
      batches: this.#batches,
    });
  }

  fail(error: unknown): void {
    this.#settle();
    this.#reject(error);
  }

  /** May be called again: only the first resolve or reject of a promise counts. */
  #settle(): void {
    this.#isSettled = true;
    if (this.#onAbort) this.#signal?.removeEventListener('abort', this.#onAbort);
  }

  tooLate(): Error {
    return deadlineExceeded(this.submittedAt, this.#deadline);
  }
}

/** Neighbouring items of one request, in one batch. */
export interface BatchSlice<In, Out> {
  readonly request: Pending<In, Out>;
  readonly start: number;
  readonly items: readonly In[];
}

/** Gives every request of a batch its outputs. */
export function deliver<In, Out>(
  slices: readonly BatchSlice<In, Out>[],
  outputs: readonly Out[],
  batch: RunBatch,
): void {
  let from = 0;
  for (const { request, start, items } of slices) {
    const { length } = items;
    const own = length === outputs.length ? outputs : outputs.slice(from, from + length);
    request.fill(start, own, batch);
    from += length;
  }
}

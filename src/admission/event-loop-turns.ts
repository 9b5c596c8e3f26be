import { learnt } from '../account.ts';
import { cancelReasonOf, throwIfCancelled, type CancelSignal } from '../cancellation.ts';
import { createFairQueue, type Flow } from '../fair-queue.ts';

/** So long bodies are read and images prepared in one turn of the event loop before the others have to wait. */
const maxTurnMs = 5;
/** So many are begun in one turn at most; nearly all turns are over sooner by their time. */
const mostInTurn = 32;

interface Waiting {
  readonly flow: Flow;
  readonly bytes: number;
  start(): void;
}

/**
 * Turns at what the event loop does itself for a request: reading its body and preparing its images, in one piece. By
 * itself Node does that for every body that has come in before it looks at anything else, and a model on its thread
 * waits for its next batch until the last of a hundred bodies is read. Callers take turns.
 */
export class EventLoopTurns {
  readonly #waiting = createFairQueue<Waiting>();
  #waitingBytes = 0;
  /** Of late, of bodies that had to wait: so fast is what waits taken away. */
  #msPerByte = 0;
  #msPerBody = 0;
  #startedAt: number | undefined;
  #until = 0;
  #takenBytes = 0;
  #takenBodies = 0;

  /**
   * How long it takes until what waits now is read: by the pace of bytes or of bodies, whichever is sooner. A small drawing costs a
   * hundred times as much for each byte as a photo, and a photo less than a batch of drawings: nobody is refused for a guess.
   */
  get waitMs(): number {
    return Math.min(this.#waitingBytes * this.#msPerByte, this.#waiting.size * this.#msPerBody);
  }

  /** Nothing where the work for so many bytes may begin at once; else what resolves when it may. */
  take(flow: Flow, bytes: number, signal?: CancelSignal): Promise<void> | undefined {
    throwIfCancelled(signal);
    if (this.#turnMs() < maxTurnMs && this.#waiting.size === 0) return undefined;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#remove(one);
        reject(cancelReasonOf(signal));
      };
      const start = (): void => {
        signal?.removeEventListener('abort', leave);
        this.#remove(one);
        this.#waiting.charge(flow, bytes);
        resolve();
      };
      const one = { flow, bytes, start };
      signal?.addEventListener('abort', leave, { once: true });
      this.#waiting.push(one, flow);
      this.#waitingBytes += bytes;
    });
  }

  #remove(one: Waiting): void {
    if (this.#waiting.delete(one)) this.#waitingBytes -= one.bytes;
  }

  /** How long the turn has lasted; it begins with the first work in it. */
  #turnMs(): number {
    if (this.#startedAt === undefined) {
      this.#startedAt = performance.now();
      setImmediate(this.#end);
      return 0;
    }
    return performance.now() - this.#startedAt;
  }

  /** Begins the next turn, where anything waits: each body in a callback of its own, so that one is done before the next. */
  readonly #end = (): void => {
    const now = performance.now();
    if (this.#takenBodies > 0) {
      const turnMs = now - this.#startedAt!;
      this.#msPerByte = learnt(this.#msPerByte, turnMs / Math.max(1, this.#takenBytes));
      this.#msPerBody = learnt(this.#msPerBody, turnMs / this.#takenBodies);
      this.#takenBytes = 0;
      this.#takenBodies = 0;
    }
    this.#startedAt = undefined;
    if (this.#waiting.size === 0) return;
    this.#startedAt = now;
    setImmediate(this.#begin);
    const count = Math.min(this.#waiting.size, mostInTurn);
    for (let index = 0; index < count; index += 1) setImmediate(this.#startOne);
    setImmediate(this.#end);
  };

  /** What came in has been looked at: what waits has as much time now, within limits. */
  readonly #begin = (): void => {
    const now = performance.now();
    const cameInMs = now - this.#startedAt!;
    this.#until = now + Math.min(Math.max(maxTurnMs, cameInMs), 2 * maxTurnMs);
  };

  readonly #startOne = (): void => {
    if (performance.now() >= this.#until) return;
    const next = this.#waiting.head();
    if (!next) return;
    this.#takenBytes += next.bytes;
    this.#takenBodies += 1;
    next.start();
  };
}

import type { VersionQueue } from '../account.ts';
import { errors, withDetails } from '../errors.ts';
import type { Flow } from '../fair-queue.ts';
import { VersionBook, type BodyForm, type Place } from './version-book.ts';

export interface ArrivalsOptions {
  /** How long what has come in waits until it is read, and until its images are decoded. */
  readonly stages: readonly ((flow: Flow) => number)[];
  /** Most images in one request. */
  readonly mostImages: number;
  readonly onRefuse?: (refusal: ArrivalRefusal) => void;
  /** On the clock of deadlines. */
  readonly now?: () => number;
}

export interface ArrivalRefusal {
  readonly model: string;
  /** full: there was no room in the queue. late: its deadline would have passed in it. The words are those of the metrics. */
  readonly reason: 'full' | 'late';
  readonly priority: Priority;
}

/** Online work comes first; bulk may wait. */
export type Priority = (typeof priorities)[number];
export const priorities = ['online', 'bulk'] as const;

/** A request for a prediction, as much as its head says. */
export interface Announcement {
  readonly model: string;
  /** Those of the versions that may be to answer it; where there are none yet it is let in. */
  readonly queues: readonly VersionQueue[];
  readonly flow: Flow;
  /** On the clock of `performance.now()`. */
  readonly deadline: number;
  readonly form: BodyForm;
  /** Length of the body; undefined where it is not announced. */
  readonly bytes: number | undefined;
}

/** One request from its head to its end. Close it. */
export interface Arrival {
  /** So much of the body is here, of which no length was announced. Refuses as the head would have been. */
  grow(bytes: number): void;
  /** The body is here, and is going to be read: it is refused if that has become too late. */
  here(bytes: number): void;
  /** The body was read. */
  read(images: number): void;
  /** It runs so many examples, however many images it has; refused where there is no room for them. */
  runs(examples: number): void;
  close(): void;
}

/** Decides by its head whether a request is let in: whether there is room for it, and whether it would be answered in time. */
export interface Arrivals {
  /** GLIMPSE_QUEUE_FULL or GLIMPSE_WAIT_TOO_LONG, with the time after which it would have been let in. */
  admit(announced: Announcement): Arrival;
  /** How long it takes until everything that was let in so far is answered. */
  drainMs(queue: VersionQueue): number;
}

/** Of the time until its deadline a request may be expected to wait so much: the rest is for what nobody foresees. */
const mostOfDeadline = 0.8;

export function createArrivals(options: ArrivalsOptions): Arrivals {
  return new CountedArrivals(options);
}

interface Refusal {
  readonly error: Error;
  readonly reason: ArrivalRefusal['reason'];
}

/** A version that may answer a request, and what was let in for it. */
interface Counter {
  readonly queue: VersionQueue;
  readonly book: VersionBook;
}

class CountedArrivals implements Arrivals {
  readonly #books = new WeakMap<VersionQueue, VersionBook>();
  readonly #options: ArrivalsOptions;
  readonly #now: () => number;

  constructor(options: ArrivalsOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  admit(announced: Announcement): Arrival {
    const { queues, flow, form, bytes = 0 } = announced;
    if (queues.length === 0) return letIn;
    let refusal: Refusal | undefined;
    const since = this.#now();
    for (const queue of queues) {
      const counter = { queue, book: this.#bookOf(queue) };
      const { book } = counter;
      book.forgetSlow(since);
      const images = book.imagesIn(form, bytes, this.#options.mostImages);
      refusal =
        this.#fullFor(counter, flow, images) ??
        this.#lateFor(counter, announced, book.before(flow), images);
      if (refusal) continue;
      const place = { flow, since, images, isHere: false, isInside: false, stamp: 0 };
      book.enter(place);
      return new CountedArrival(this, announced, counter, place);
    }
    throw this.#told(announced, refusal!);
  }

  drainMs(queue: VersionQueue): number {
    return queue.msFor(Math.max(this.#bookOf(queue).images, queue.waiting));
  }

  /** How many images a body of so many bytes is taken for. */
  imagesIn({ book }: Counter, form: BodyForm, bytes: number): number {
    return book.imagesIn(form, bytes, this.#options.mostImages);
  }

  /** Gives a request another place, for so many images. */
  enterAgain(announced: Announcement, counter: Counter, place: Place, images: number): void {
    const { book } = counter;
    const { flow } = announced;
    book.leave(place);
    const refusal =
      this.#fullFor(counter, flow, images) ??
      this.#lateFor(counter, announced, book.before(flow), images);
    if (refusal) throw this.#told(announced, refusal);
    place.images = images;
    book.enter(place);
  }

  /** Takes the place of a request that is too late by now. */
  refuseIfLate(announced: Announcement, counter: Counter, place: Place): void {
    const { book } = counter;
    const refusal = this.#lateFor(counter, announced, book.beforePlace(place), place.images);
    if (!refusal) return;
    book.leave(place);
    throw this.#told(announced, refusal);
  }

  #bookOf(queue: VersionQueue): VersionBook {
    let book = this.#books.get(queue);
    if (!book) {
      book = new VersionBook(queue);
      this.#books.set(queue, book);
    }
    return book;
  }

  #fullFor({ queue, book }: Counter, flow: Flow, images: number): Refusal | undefined {
    if (book.fits(flow, images)) return undefined;
    const error = withoutStack(() => new errors.GLIMPSE_QUEUE_FULL(book.images));
    const retryAfterMs = Math.ceil(queue.msFor(book.answeredUntilFits(flow, images)));
    const details = { waiting: book.images, limit: queue.limit, retryAfterMs };
    return { error: withDetails(error, details), reason: 'full' };
  }

  #lateFor(
    { queue }: Counter,
    { flow, deadline }: Announcement,
    before: number,
    images: number,
  ): Refusal | undefined {
    let stagesMs = 0;
    for (const stage of this.#options.stages) stagesMs = Math.max(stagesMs, stage(flow));
    // Who waits for nobody is let in: to come later would not help, and how long it takes may have changed.
    if (before === 0 && stagesMs === 0) return undefined;
    const waitMs = Math.max(queue.msFor(before + images), stagesMs);
    const mayWaitMs = (deadline - this.#now()) * mostOfDeadline;
    if (waitMs <= mayWaitMs || mayWaitMs <= 0) return undefined;
    const error = withoutStack(() => new errors.GLIMPSE_WAIT_TOO_LONG(Math.ceil(waitMs)));
    const retryAfterMs = Math.ceil(waitMs - mayWaitMs);
    return { error: withDetails(error, { retryAfterMs }), reason: 'late' };
  }

  #told({ model, flow }: Announcement, { error, reason }: Refusal): Error {
    const priority = flow.isBulk ? 'bulk' : 'online';
    this.#options.onRefuse?.({ model, reason, priority });
    return error;
  }
}

/** A class, whose methods are shared: closures for each request would be most of what it costs to let it in. */
class CountedArrival implements Arrival {
  readonly #arrivals: CountedArrivals;
  readonly #announced: Announcement;
  readonly #counter: Counter;
  readonly #place: Place;
  #bodyBytes = 0;

  constructor(arrivals: CountedArrivals, announced: Announcement, counter: Counter, place: Place) {
    this.#arrivals = arrivals;
    this.#announced = announced;
    this.#counter = counter;
    this.#place = place;
  }

  grow(bytes: number): void {
    const images = this.#arrivals.imagesIn(this.#counter, this.#announced.form, bytes);
    if (images > this.#place.images) this.#enterAgain(images);
  }

  here(bytes: number): void {
    this.#bodyBytes = bytes;
    this.#place.isHere = true;
    if (!this.#place.isInside) this.#enterAgain(this.#place.images);
    else this.#arrivals.refuseIfLate(this.#announced, this.#counter, this.#place);
  }

  read(images: number): void {
    this.runs(images);
    this.#counter.book.learn(this.#announced.form, this.#bodyBytes, images);
  }

  runs(examples: number): void {
    if (examples > this.#place.images) this.#enterAgain(examples);
    else if (examples < this.#place.images) this.#counter.book.shrink(this.#place, examples);
  }

  close(): void {
    this.#counter.book.leave(this.#place);
  }

  /** It holds more than it was taken for, or has lost its place. */
  #enterAgain(images: number): void {
    this.#arrivals.enterAgain(this.#announced, this.#counter, this.#place, images);
  }
}

/** What is let in without a count. */
const letIn: Arrival = {
  grow: () => {},
  here: () => {},
  read: () => {},
  runs: () => {},
  close: () => {},
};

/** An error without its stack, which costs more than all the rest of a refusal that is made thousands of times a second. */
function withoutStack<E extends Error>(make: () => E): E {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

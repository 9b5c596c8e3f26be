import type { VersionQueue } from '../account.ts';
import { createFairQueue, type Flow } from '../fair-queue.ts';
import { itemsBefore } from './expected-wait.ts';

/** What a body is; those of one form have alike many bytes for each image. An image is one. */
export type BodyForm = 'json' | 'form' | 'image';

/** Of one request, what it takes of the queue of a version. */
export interface Place {
  readonly flow: Flow;
  readonly since: number;
  images: number;
  /** Its body is here. */
  isHere: boolean;
  isInside: boolean;
  /** How many images had come in all when it did. */
  stamp: number;
}

/** A body that is not here after so long holds no place until it is. */
const graceMs = 500;

/** What was let in for one version and is not answered yet, and what its bodies have been like of late. */
export class VersionBook {
  readonly #queue: VersionQueue;
  /** Every request with its images. Nothing is taken from it in turns: it counts. */
  readonly #inside = createFairQueue<Place>();
  /** Those whose bodies were not here, the earliest first. */
  readonly #coming: Place[] = [];
  /** The most bytes an image has had of late. */
  readonly #bytesPerImage = new Map<BodyForm, number>();
  #came = 0;

  constructor(queue: VersionQueue) {
    this.#queue = queue;
  }

  /** Images of requests that are inside. */
  get images(): number {
    return this.#inside.size;
  }

  enter(place: Place): void {
    this.#inside.push(place, place.flow, place.images);
    this.#came += place.images;
    place.stamp = this.#came;
    place.isInside = true;
    if (!place.isHere) this.#coming.push(place);
  }

  leave(place: Place): void {
    if (place.isInside) this.#inside.delete(place);
    place.isInside = false;
  }

  /** A request holds fewer images than it was taken for. */
  shrink(place: Place, images: number): void {
    if (place.isInside) this.#inside.take(place, place.images - images);
    place.images = images;
  }

  /** Whether so many more of a flow find room. Who is alone always does. */
  fits(flow: Flow, images: number): boolean {
    const { limit, running } = this.#queue;
    return this.#inside.size === 0 || this.#inside.fits(flow, images, limit + running);
  }

  /** How many are answered, at least, until so many more of a flow find room; of bulk after everything online. */
  answeredUntilFits(flow: Flow, images: number): number {
    const { size, bulk } = this.#inside;
    const most = this.#queue.limit + this.#queue.running;
    const inAll = Math.max(1, Math.min(images, size + images - most));
    const ofBulk = Math.min(images, Math.ceil(bulk.size + images - most / 2));
    return flow.isBulk && ofBulk > 0 ? Math.max(inAll, size - bulk.size + ofBulk) : inAll;
  }

  /** How many images are answered before one more of a flow. */
  before(flow: Flow): number {
    return itemsBefore(this.#inside, flow, this.#queue.waiting);
  }

  /** How many are answered before those of a place, without what came after it. */
  beforePlace(place: Place): number {
    const others = this.before(place.flow) - place.images;
    return Math.max(0, others - (this.#came - place.stamp));
  }

  /** As few as there can be, by the largest that were seen: nobody is refused for a guess. */
  imagesIn(form: BodyForm, bytes: number, most: number): number {
    const each = form === 'image' ? undefined : this.#bytesPerImage.get(form);
    return each === undefined ? 1 : Math.max(1, Math.min(Math.floor(bytes / each), most));
  }

  learn(form: BodyForm, bytes: number, images: number): void {
    const before = this.#bytesPerImage.get(form) ?? 0;
    const measured = bytes / Math.max(1, images);
    this.#bytesPerImage.set(form, Math.max(measured, before * 0.9 + measured * 0.1));
  }

  /** Those that were let in and do not send hold up nobody. */
  forgetSlow(now: number): void {
    for (;;) {
      const [first] = this.#coming;
      if (!first) return;
      const isDue = first.isHere || !first.isInside;
      if (!isDue && now - first.since < graceMs) return;
      this.#coming.shift();
      if (!isDue) this.leave(first);
    }
  }
}

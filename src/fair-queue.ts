import { strict as assert } from 'node:assert';

/** A caller as a queue sees it: work of one flow stays in order, and flows share by their weights. */
export interface Flow {
  readonly id: string;
  /** A flow of weight 2 gets twice as much done as one of weight 1 while both wait. */
  readonly weight: number;
}

/** Work of nobody in particular: all of it is one flow, first come, first served. */
export const commonFlow: Flow = { id: '', weight: 1 };

/**
 * Start-time fair queueing (Goyal, Vin and Cheng, 1996). Every flow has a virtual time that advances by what
 * its work cost, over its weight; next is the flow whose time is least, and a flow that comes back starts at the
 * time of the others, so that nobody saves up. Flows that wait for nothing are remembered only while
 * others wait.
 */
export interface FairQueue<Item> extends Iterable<Item> {
  /** The units of all items together. */
  readonly size: number;
  /** How many flows wait. */
  readonly flows: number;
  /** The units of a flow that wait. */
  sizeOf(flow: Flow): number;
  /** An item of so many units, which can be taken one by one. */
  push(item: Item, flow: Flow, units?: number): void;
  /** The item whose turn it is, among those of which `accept` takes the first of their flow. It stays in the queue. */
  head(accept?: (item: Item) => boolean): Item | undefined;
  /** Takes units of an item away; it leaves the queue with its last one, in which case this is true. */
  take(item: Item, units: number): boolean;
  /** Takes the whole item away, wherever it stands; false if it was not in the queue. */
  delete(item: Item): boolean;
  /** Advances the time of a flow, by work that was taken or, where it cost more or less, by the difference. */
  charge(flow: Flow, cost: number): void;
  /**
   * Whether more of a flow find room in a queue of `limit`. Once it is full, flows with less than an even share
   * of it are still taken, up to twice the limit in all: nobody shuts others out by coming first.
   */
  fits(flow: Flow, units: number, limit: number): boolean;
}

/** How many flows are remembered besides those that wait. */
const maxRemembered = 1_000;

interface FlowState<Item> {
  /** In order of arrival. */
  readonly items: Set<Item>;
  size: number;
  time: number;
}

interface Entry<Item> {
  readonly state: FlowState<Item>;
  left: number;
}

/** Iterating gives all items in order of arrival. */
export function createFairQueue<Item>(): FairQueue<Item> {
  return new StartTimeFairQueue<Item>();
}

class StartTimeFairQueue<Item> implements FairQueue<Item> {
  size = 0;
  /** In order of arrival. */
  readonly #entries = new Map<Item, Entry<Item>>();
  readonly #known = new Map<string, FlowState<Item>>();
  readonly #waiting = new Set<FlowState<Item>>();
  /** The virtual time of the work that was taken last. */
  #time = 0;

  get flows(): number {
    return this.#waiting.size;
  }

  [Symbol.iterator](): Iterator<Item> {
    return this.#entries.keys();
  }

  sizeOf({ id }: Flow): number {
    return this.#known.get(id)?.size ?? 0;
  }

  push(item: Item, flow: Flow, units = 1): void {
    const state = this.#stateOf(flow);
    if (state.items.size === 0) {
      state.time = Math.max(state.time, this.#time);
      this.#waiting.add(state);
    }
    state.items.add(item);
    state.size += units;
    this.size += units;
    this.#entries.set(item, { state, left: units });
  }

  head(accept: (item: Item) => boolean = () => true): Item | undefined {
    let best: FlowState<Item> | undefined;
    let found: Item | undefined;
    for (const state of this.#waiting) {
      if (best && state.time >= best.time) continue;
      const [first] = state.items;
      if (first === undefined || !accept(first)) continue;
      best = state;
      found = first;
    }
    if (best) this.#time = Math.max(this.#time, best.time);
    return found;
  }

  take(item: Item, units: number): boolean {
    const entry = this.#entries.get(item);
    assert(entry && units <= entry.left, 'more was taken than waits: this is our bug');
    const { state } = entry;
    entry.left -= units;
    state.size -= units;
    this.size -= units;
    if (entry.left > 0) return false;
    this.#entries.delete(item);
    state.items.delete(item);
    if (state.items.size === 0) this.#waiting.delete(state);
    // Nobody waits, so nobody is owed anything.
    if (this.#entries.size === 0) this.#known.clear();
    return true;
  }

  delete(item: Item): boolean {
    const entry = this.#entries.get(item);
    return entry !== undefined && this.take(item, entry.left);
  }

  charge(flow: Flow, cost: number): void {
    if (this.#entries.size > 0) this.#stateOf(flow).time += cost / flow.weight;
  }

  fits(flow: Flow, units: number, limit: number): boolean {
    if (this.size + units <= limit) return true;
    const own = this.sizeOf(flow);
    const flows = this.flows + (own === 0 ? 1 : 0);
    return own + units <= limit / flows && this.size + units <= 2 * limit;
  }

  #stateOf({ id }: Flow): FlowState<Item> {
    const known = this.#known.get(id);
    if (known) return known;
    if (this.#known.size >= maxRemembered + this.#waiting.size) this.#forgetIdle();
    const state = { items: new Set<Item>(), size: 0, time: this.#time };
    this.#known.set(id, state);
    return state;
  }

  #forgetIdle(): void {
    for (const [id, { items }] of this.#known) if (items.size === 0) this.#known.delete(id);
  }
}

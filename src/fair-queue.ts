import { strict as assert } from 'node:assert';

/** A caller as a queue sees it: work of one flow stays in order, and flows share by their weights. */
export interface Flow {
  readonly id: string;
  /** A flow of weight 2 gets twice as much done as one of weight 1 while both wait. */
  readonly weight: number;
  /** Its work is done while no other waits, and has half of every queue. */
  readonly isBulk?: boolean;
}

/** Work of the same caller that may wait, as a flow of its own. */
export function bulkOf({ id, weight }: Flow): Flow {
  return { id: `${id} bulk`, weight, isBulk: true };
}

/** Work of nobody in particular: all of it is one flow, first come, first served. */
export const commonFlow: Flow = { id: '', weight: 1 };

/**
 * Start-time fair queueing (Goyal, Vin and Cheng, 1996). Every flow has a virtual time that advances by what
 * its work cost, over its weight; next is the flow whose time is least, and a flow that comes back starts at the
 * time of the others, so that nobody saves up. Flows that wait for nothing are remembered only while
 * others wait. Flows of bulk have their turns when no other flow has anything that may be taken.
 */
export interface FairQueue<Item> extends Iterable<Item> {
  /** The units of all items together. */
  readonly size: number;
  /** How many flows wait. */
  readonly flows: number;
  /** The units of bulk among `size`, and its flows among `flows`. */
  readonly bulk: { readonly size: number; readonly flows: number };
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
   * of it are still taken, up to twice the limit in all: nobody shuts others out by coming first. Bulk has the
   * same among itself in half of the queue, and nothing while the whole is full.
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
  /** The time holds while somebody has waited ever since it was set. */
  period: number;
  readonly isBulk: boolean;
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
  readonly bulk = { size: 0, flows: 0 };
  /** In order of arrival. */
  readonly #entries = new Map<Item, Entry<Item>>();
  readonly #known = new Map<string, FlowState<Item>>();
  readonly #waiting = new Set<FlowState<Item>>();
  /** The virtual time of the work that was taken last. */
  #time = 0;
  /** Ends whenever nobody waits: nobody is owed anything then. */
  #period = 0;

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
      if (state.isBulk) this.bulk.flows += 1;
    }
    state.items.add(item);
    state.size += units;
    this.size += units;
    if (state.isBulk) this.bulk.size += units;
    this.#entries.set(item, { state, left: units });
  }

  head(accept: (item: Item) => boolean = () => true): Item | undefined {
    let best: FlowState<Item> | undefined;
    let found: Item | undefined;
    for (const state of this.#waiting) {
      if (best && !isBefore(state, best)) continue;
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
    if (state.isBulk) this.bulk.size -= units;
    if (entry.left > 0) return false;
    this.#entries.delete(item);
    state.items.delete(item);
    if (state.items.size === 0) {
      this.#waiting.delete(state);
      if (state.isBulk) this.bulk.flows -= 1;
    }
    if (this.#entries.size === 0) this.#period += 1;
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
    if (!flow.isBulk) return this.#fitsBeside(this, flow, units, limit);
    return this.size + units <= limit && this.#fitsBeside(this.bulk, flow, units, limit / 2);
  }

  #fitsBeside(
    others: { readonly size: number; readonly flows: number },
    flow: Flow,
    units: number,
    limit: number,
  ): boolean {
    if (others.size + units <= limit) return true;
    const own = this.sizeOf(flow);
    const flows = others.flows + (own === 0 ? 1 : 0);
    return own + units <= limit / flows && others.size + units <= 2 * limit;
  }

  /**
   * States are used again and not made anew: a map that is cleared for every item leaves tables behind of which one leads to
   * the next, and with the first that has grown old V8 keeps them all.
   */
  #stateOf({ id, isBulk = false }: Flow): FlowState<Item> {
    let state = this.#known.get(id);
    if (!state) {
      if (this.#known.size >= maxRemembered + this.#waiting.size) this.#forgetIdle();
      state = { items: new Set<Item>(), size: 0, time: this.#time, period: this.#period, isBulk };
      this.#known.set(id, state);
    }
    if (state.period !== this.#period) state.time = this.#time;
    state.period = this.#period;
    return state;
  }

  #forgetIdle(): void {
    for (const [id, { items }] of this.#known) if (items.size === 0) this.#known.delete(id);
  }
}

function isBefore(one: FlowState<unknown>, other: FlowState<unknown>): boolean {
  return one.isBulk === other.isBulk ? one.time < other.time : other.isBulk;
}

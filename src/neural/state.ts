import type { Random } from '../random.ts';
import type { Graph, Value } from './graph.ts';
import type { Initialiser } from './initialisers.ts';
import { slotsOf, type ResolvedLayer } from './layers/kinds.ts';
import type { Shape, SlotSpec } from './layers/layer.ts';

/** A tensor that goes in at every step under `name` and comes out changed under `nextName`. */
export interface StateSlot {
  readonly name: string;
  readonly nextName: string;
  readonly shape: Shape;
  readonly role: 'parameter' | 'running' | 'optimizer';
  /** Its first value. Draws from a fork of its own, so the order of initialising does not matter. */
  initialise(random: Random): Float32Array;
}

/** The tensors carried from step to step, collected while the graph grows. */
export interface State {
  readonly slots: readonly StateSlot[];
  slot(name: string, shape: Shape, initialise: Initialiser, role?: StateSlot['role']): Value;
  get(name: string): Value;
  update(name: string, value: Value): void;
  /** What the slot goes out with: its update, or unchanged when it got none. */
  next(name: string): Value;
  /** Declares what comes out. */
  finish(): void;
}

export function createState(graph: Graph): State {
  const slots: StateSlot[] = [];
  const values = new Map<string, Value>();
  const updates = new Map<string, Value>();
  const get = (name: string): Value => {
    const value = values.get(name);
    if (!value) throw new Error(`no state is called ${name}: this is our bug`);
    return value;
  };
  const next = (name: string): Value => updates.get(name) ?? get(name);
  return {
    slots,
    get,
    next,
    slot(name, shape, initialise, role = 'optimizer') {
      const value = graph.input(name, shape);
      values.set(name, value);
      const first = (random: Random) => initialise(shape, random.fork(name));
      slots.push({ name, nextName: `${name}.next`, shape, role, initialise: first });
      return value;
    },
    update(name, value) {
      updates.set(name, value);
    },
    finish() {
      for (const { name, nextName } of slots) graph.output(nextName, next(name));
    },
  };
}

/** A slot of a layer, and the value it came in with. */
export interface LayerSlot extends SlotSpec {
  readonly name: string;
  readonly value: Value;
}

/** What gradients move, and the averages kept beside it. */
export interface LayerSlots {
  readonly parameters: readonly LayerSlot[];
  readonly running: readonly LayerSlot[];
}

export function declareLayerSlots(state: State, layers: readonly ResolvedLayer[]): LayerSlots {
  const declared = layers.flatMap((layer) =>
    slotsOf(layer).map((slot) => {
      const name = `${layer.name}.${slot.slot}`;
      return { ...slot, name, value: state.slot(name, slot.shape, slot.initialise, slot.role) };
    }),
  );
  return {
    parameters: declared.filter(({ role }) => role === 'parameter'),
    running: declared.filter(({ role }) => role === 'running'),
  };
}

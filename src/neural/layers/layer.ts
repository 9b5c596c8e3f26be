import type { Graph, Value } from '../graph.ts';
import type { Initialiser } from '../initialisers.ts';

/**
 * The interface of every kind of layer. A layer is data (its JSON spec and the shapes around it);
 * its kind knows which shapes it takes, which tensors it owns, and how to emit itself.
 */
export type Shape = readonly number[];

/** A tensor that lives from step to step. */
export interface SlotSpec {
  /** Unique within its layer: `kernel`, `bias`, ... */
  readonly slot: string;
  readonly shape: Shape;
  /** Parameters are learnt by gradients; running ones are averages kept beside them. */
  readonly role: 'parameter' | 'running';
  /** Whether L2 and decoupled weight decay pull it to zero (kernels: yes; biases and scales: no). */
  readonly decays: boolean;
  readonly initialise: Initialiser;
}

/** A layer whose defaults are filled in and whose shapes are known (without the batch axis). */
export interface BuiltLayer<Spec> {
  /** Position and type, `2.dense`; its tensors are `2.dense.kernel`, ... */
  readonly name: string;
  readonly spec: Spec;
  readonly inputShape: Shape;
  readonly outputShape: Shape;
}

/** What a layer may use while it emits its nodes. */
export interface ForwardContext {
  readonly graph: Graph;
  /** Training: dropout drops, batch norm uses the batch. Serving: neither. */
  readonly mode: 'training' | 'serving';
  slot(layer: { readonly name: string }, slot: string): Value;
  /** A fresh dropout mask, fed by the trainer: 0 where dropped, 1 / keepProbability elsewhere. */
  noise(layer: { readonly name: string }, shape: Shape, keepProbability: number): Value;
  /** The next value of a running slot. */
  update(layer: { readonly name: string }, slot: string, value: Value): void;
}

export interface LayerKind<Spec> {
  /** The shape of its output for this input. Throws a plain Error that says what does not fit. */
  outputShape(spec: Spec, input: Shape): Shape;
  slots(layer: BuiltLayer<Spec>): readonly SlotSpec[];
  forward(context: ForwardContext, layer: BuiltLayer<Spec>, input: Value): Value;
}

/** What does not fit about a layer; `architectures.ts` adds which layer it is. */
export function mismatch(reason: string): Error {
  return new Error(reason);
}

export function describeShape(shape: Shape): string {
  return shape.join('x');
}

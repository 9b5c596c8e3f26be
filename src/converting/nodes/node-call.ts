import type { Allowance, Known, NumberKind } from '../graphs/known.ts';
import type { NodeAttributes } from '../graphs/node-attributes.ts';
import type { NetGraph } from '../tensors/net-graph.ts';
import type { Tensor } from '../tensors/tensor.ts';

/** A value that is only there when the graph runs. */
export interface Computed {
  readonly tensor: Tensor;
  readonly kind: NumberKind;
  /** So many of its rows, along the first axis, belong to each image. */
  readonly rows: number;
  /** Where SpaceToBatchND has taken its images apart: the steps from each pixel of one to the next, down and across. */
  readonly phases?: readonly [number, number] | undefined;
}

export type Datum = Known | Computed;

/** What a kind of node gives: a tensor is of the kind, and has the rows, of the first value that was computed. */
export type Result = Datum | Tensor | readonly (Datum | Tensor)[];

/** One node that is to become a part of the graph. */
export interface NodeCall {
  /** Its operation and name, for errors. */
  readonly title: string;
  readonly op: string;
  readonly graph: NetGraph;
  readonly attributes: NodeAttributes;
  readonly allowance: Allowance;
  /** How many values it takes. */
  readonly count: number;
  input(at: number): Datum;
  /** Numbers that must be known before the graph runs. */
  known(at: number): Known;
  /** Whole numbers of them, as a list. */
  integers(at: number): number[];
  /** A value that is computed, of floats. */
  tensor(at: number): Tensor;
}

export type NodeKind = (call: NodeCall) => Result;

export const isKnown = (datum: Datum | Tensor): datum is Known => 'data' in datum;

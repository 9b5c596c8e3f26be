import type { GraphPort } from '../inspect-onnx.ts';
import type { EngineOptions } from '../open-engine.ts';

/** What a cell is started for: to run a model, or to say what an ONNX file takes and gives. */
export type CellOrder =
  | { readonly task: 'open'; readonly engine: EngineOptions }
  | { readonly task: 'inspect'; readonly file: string };

export interface InspectedGraph {
  readonly inputs: GraphPort[];
  readonly outputs: GraphPort[];
}

/** What a cell says once it has done so. */
export interface Ready {
  readonly openMs: number;
  readonly graph?: InspectedGraph;
}

/** The descriptors of a cell besides the usual three: its pipe, and one that ends when the server does. */
export const pipeFd = 3;
export const lifelineFd = 4;

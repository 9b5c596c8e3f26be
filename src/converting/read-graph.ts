import { isRecord } from '../json.ts';
import { readTfjsArrays, type StoredArray } from './containers/tfjs-model.ts';
import { outputRef, type GraphNode, type OutputRef } from './graphs/graph-node.ts';
import { decodeGraph, graphOfJson } from './graphs/read-graph-def.ts';
import { shown, unreadable, unsupported } from './refusals.ts';

/** A graph of TensorFlow with its weights. */
export interface TensorflowGraph {
  readonly nodes: ReadonlyMap<string, GraphNode>;
  /** Constants whose numbers lie outside of the graph; undefined where they are in it. */
  readonly arrays: ReadonlyMap<string, StoredArray> | undefined;
  /** The nodes that its signature names, where it has one. */
  readonly inputs: readonly OutputRef[] | undefined;
  readonly outputs: readonly OutputRef[] | undefined;
}

/** A frozen graph: a GraphDef whose variables have become constants. */
export function readFrozenGraph(bytes: Uint8Array): TensorflowGraph {
  return { nodes: decodeGraph(bytes), arrays: undefined, inputs: undefined, outputs: undefined };
}

/** A graph model of TF.js, of its model.json with the shards beside it. */
export async function readTfjsGraph(
  file: string,
  json: Readonly<Record<string, unknown>>,
  maxBytes: number,
): Promise<TensorflowGraph> {
  const topology = json['modelTopology'];
  if (!isRecord(topology)) throw unreadable('model.json has no topology');
  const stored = await readTfjsArrays(file, json['weightsManifest'], maxBytes);
  const arrays = new Map(stored.map((one) => [one.name, one]));
  if (arrays.size < stored.length) throw unreadable('two weights of model.json have the same name');
  const told = json['userDefinedMetadata'];
  const inner = isRecord(told) ? told['signature'] : undefined;
  const signature = isRecord(json['signature']) ? json['signature'] : inner;
  const named = isRecord(signature) ? signature : {};
  return {
    nodes: graphOfJson(topology),
    arrays,
    inputs: portsOf(named['inputs']),
    outputs: portsOf(named['outputs']),
  };
}

/** More inputs or outputs than anybody chooses among. */
const mostPorts = 100;

function portsOf(ports: unknown): OutputRef[] | undefined {
  if (!isRecord(ports)) return undefined;
  const all = Object.entries(ports);
  if (all.length > mostPorts) throw unsupported(`its signature has ${all.length} ports`);
  const refs = all.map(([key, port]) => {
    const name = isRecord(port) ? port['name'] : undefined;
    if (typeof name === 'string') return outputRef(name);
    throw unreadable(`its signature has no name for ${shown(key)}`);
  });
  return refs.length > 0 ? refs : undefined;
}

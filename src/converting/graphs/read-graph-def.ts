import { messageOf } from '../../errors.ts';
import { unreadable, unsupported } from '../refusals.ts';
import { outputRef, type AttributeValue, type GraphNode } from './graph-node.ts';
import { graphDef } from './graph-schema.ts';

/** More nodes than any net of images has. */
const mostNodes = 100_000;

interface NodeDef {
  readonly name?: string;
  readonly op?: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, AttributeValue>>;
}

/** The nodes of a frozen graph by their names. GLIMPSE_MODEL_FILE_INVALID when the bytes are no such graph. */
export function decodeGraph(bytes: Uint8Array): Map<string, GraphNode> {
  return nodesOf(() => graphDef.decode(bytes));
}

/** The nodes of a graph in the JSON form of its message, as TF.js keeps it. */
export function graphOfJson(topology: Readonly<Record<string, unknown>>): Map<string, GraphNode> {
  return nodesOf(() => graphDef.fromObject(topology));
}

function nodesOf(read: () => ReturnType<typeof graphDef.decode>): Map<string, GraphNode> {
  let graph: { readonly node?: readonly NodeDef[] };
  try {
    graph = graphDef.toObject(read(), { longs: Number, enums: String });
  } catch (error) {
    throw unreadable(`it is no TensorFlow graph: ${messageOf(error)}`);
  }
  const { node = [] } = graph;
  if (node.length > mostNodes) throw unsupported(`more than ${mostNodes} nodes`);
  const nodes = new Map<string, GraphNode>();
  for (const { name = '', op = '', input = [], attr = {} } of node) {
    if (name === '' || op === '') throw unreadable('a node of its graph has no name');
    if (nodes.has(name)) throw unreadable('two nodes of its graph have the same name');
    const inputs = input.filter((one) => !one.startsWith('^')).map(outputRef);
    nodes.set(name, { name, op, inputs, attributes: new Map(Object.entries(attr)) });
  }
  if (nodes.size === 0) throw unreadable('its graph has no nodes');
  return nodes;
}

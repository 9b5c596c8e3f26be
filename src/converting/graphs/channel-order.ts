import type { GraphNode } from './graph-node.ts';

/** What the nodes of a graph tell of its images: that some count their channels first, or nothing. */
export function channelOrderOf(nodes: ReadonlyMap<string, GraphNode>): 'first' | undefined {
  return [...nodes.values()].some(countsFirst) ? 'first' : undefined;
}

function countsFirst({ op, attributes }: GraphNode): boolean {
  const { s } = attributes.get('data_format') ?? {};
  // Images that come with their channels first are often brought to what convolutions take.
  return op === 'Transpose' || (s !== undefined && Buffer.from(s).toString() === 'NCHW');
}

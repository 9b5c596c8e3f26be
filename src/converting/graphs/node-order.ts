import { shown, unreadable } from '../refusals.ts';
import type { GraphNode, OutputRef } from './graph-node.ts';

/** The nodes that outputs need, each after those whose results it takes, and without those that are given. */
export function inOrder(
  nodes: ReadonlyMap<string, GraphNode>,
  outputs: readonly OutputRef[],
  given: ReadonlySet<string>,
): GraphNode[] {
  const ordered: GraphNode[] = [];
  const states = new Map<string, 'open' | 'done'>();
  const stack = outputs.map(({ node }) => node).toReversed();
  for (let name = stack.at(-1); name !== undefined; name = stack.at(-1)) {
    const state = states.get(name);
    if (state !== undefined || given.has(name)) {
      stack.pop();
      if (state === 'open') {
        states.set(name, 'done');
        ordered.push(nodes.get(name)!);
      }
      continue;
    }
    const node = nodes.get(name);
    if (!node) throw unreadable(`its graph has no node ${shown(name)}`);
    states.set(name, 'open');
    for (const { node: needed } of node.inputs.toReversed()) {
      if (states.get(needed) === 'done' || given.has(needed)) continue;
      if (states.get(needed) === 'open') {
        throw unreadable(`the nodes of its graph take each other’s results in a circle`);
      }
      stack.push(needed);
    }
  }
  return ordered;
}

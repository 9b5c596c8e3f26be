import { openGraphSession, type GraphSession } from '../../runtime/graph-session.ts';

/** Graphs with a session each, opened when first needed, known by numbers (the size of a batch). */
export interface GraphSessions<Key extends readonly number[], Graph> {
  get(...key: Key): Promise<{ readonly graph: Graph; readonly session: GraphSession }>;
  close(): Promise<void>;
}

/** Builds each graph, and opens its session, once. */
export function createGraphSessions<
  Key extends readonly number[],
  Graph extends { readonly model: Uint8Array },
>(threads: number, build: (...key: Key) => Graph): GraphSessions<Key, Graph> {
  const opened = new Map<string, ReturnType<GraphSessions<Key, Graph>['get']>>();
  const open = async (...key: Key) => {
    const graph = build(...key);
    return { graph, session: await openGraphSession(graph.model, { threads }) };
  };
  return {
    get(...key) {
      const known = opened.get(key.join()) ?? open(...key);
      opened.set(key.join(), known);
      return known;
    },
    async close() {
      const all = await Promise.allSettled(opened.values());
      for (const one of all) if (one.status === 'fulfilled') await one.value.session.close();
    },
  };
}

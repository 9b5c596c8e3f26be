import type { FairQueue, Flow } from '../fair-queue.ts';

type Inside = Pick<FairQueue<unknown>, 'size' | 'flows' | 'bulk' | 'sizeOf'>;

/**
 * How many items are answered before the next one of a flow: its own as often as flows take turns, and never more than
 * there are. Bulk comes after everything else. `waiting` are those in the queue, some of which nobody counted on their
 * way in.
 */
export function itemsBefore(inside: Inside, flow: Flow, waiting: number): number {
  const { bulk } = inside;
  const own = inside.sizeOf(flow);
  const isNew = own === 0 ? 1 : 0;
  if (flow.isBulk) {
    const online = inside.size - bulk.size;
    const among = Math.min(bulk.size, own * (bulk.flows + isNew));
    return online + among;
  }
  const flows = inside.flows - bulk.flows + isNew;
  const all = Math.max(inside.size - bulk.size, waiting - bulk.size);
  return flows === 1 ? all : Math.min(all, own * flows);
}

import type { FairQueue } from '../fair-queue.ts';
import type { BatchSlice, Pending } from './pending.ts';

/** Takes the next batch out of the queue, as full as can be: flows have turns, and within a flow the oldest is first. */
export function takeBatch<In, Out>(
  waiting: FairQueue<Pending<In, Out>>,
  maxBatchSize: number,
): BatchSlice<In, Out>[] {
  const counts = new Map<Pending<In, Out>, number>();
  let room = maxBatchSize;
  while (room > 0) {
    const request = waiting.head();
    if (!request) break;
    const taken = counts.get(request) ?? 0;
    const count = Math.min(request.left - taken, shareOf(room, waiting.flows, maxBatchSize));
    counts.set(request, taken + count);
    room -= count;
    waiting.charge(request.flow, count);
    waiting.take(request, count);
  }
  return Array.from(counts, ([request, count]) => ({ request, ...request.take(count) }));
}

/** How many items one flow gets at a time: all, unless others wait. */
function shareOf(room: number, flows: number, maxBatchSize: number): number {
  return flows === 1 ? room : Math.min(room, Math.ceil(maxBatchSize / (4 * flows)));
}

import type { FairQueue } from '../fair-queue.ts';
import type { BatchSlice, Pending } from './pending.ts';

/** Takes the next batch out of the queue, as full as can be: flows have turns, and within a flow the oldest is first. */
export function takeBatch<In, Out>(
  waiting: FairQueue<Pending<In, Out>>,
  maxBatchSize: number,
): BatchSlice<In, Out>[] {
  const taken: { readonly request: Pending<In, Out>; count: number }[] = [];
  let room = maxBatchSize;
  while (room > 0) {
    const request = waiting.head();
    if (!request) break;
    let own = taken.find((each) => each.request === request);
    if (!own) {
      own = { request, count: 0 };
      taken.push(own);
    }
    const count = Math.min(request.left - own.count, shareOf(room, waiting.flows, maxBatchSize));
    own.count += count;
    room -= count;
    waiting.charge(request.flow, count);
    waiting.take(request, count);
  }
  return taken.map(({ request, count }) => {
    const { start, items } = request.take(count);
    return { request, start, items };
  });
}

/** How many items one flow gets at a time: all, unless others wait. */
function shareOf(room: number, flows: number, maxBatchSize: number): number {
  return flows === 1 ? room : Math.min(room, Math.ceil(maxBatchSize / (4 * flows)));
}

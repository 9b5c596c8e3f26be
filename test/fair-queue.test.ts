import { describe, expect, it } from 'vitest';
import { bulkOf, createFairQueue, type Flow } from '../src/fair-queue.ts';
import { createRandom } from '../src/random.ts';

const flow = (id: string, weight = 1): Flow => ({ id, weight });
interface Item {
  readonly flow: Flow;
  readonly cost: number;
}

/** Takes the next item and charges its cost. */
function next(queue: ReturnType<typeof createFairQueue<Item>>): Item | undefined {
  const item = queue.head();
  if (!item) return undefined;
  queue.delete(item);
  queue.charge(item.flow, item.cost);
  return item;
}

describe('a fair queue', () => {
  it('keeps the order of one flow', () => {
    const queue = createFairQueue<Item>();
    const items = [5, 1, 3].map((cost) => ({ flow: flow('a'), cost }));
    for (const item of items) queue.push(item, item.flow);
    expect([next(queue), next(queue), next(queue), next(queue)]).toEqual([...items, undefined]);
  });

  it('lets who comes late with little pass much of somebody else', () => {
    const queue = createFairQueue<Item>();
    for (let i = 0; i < 100; i += 1) queue.push({ flow: flow('many'), cost: 10 }, flow('many'));
    next(queue);
    queue.push({ flow: flow('one'), cost: 10 }, flow('one'));
    expect([next(queue), next(queue)].map((item) => item?.flow.id)).toContain('one');
  });

  it('gives nobody credit for the time in which he asked for nothing', () => {
    const queue = createFairQueue<Item>();
    for (let i = 0; i < 200; i += 1) queue.push({ flow: flow('busy'), cost: 1 }, flow('busy'));
    for (let i = 0; i < 100; i += 1) next(queue);
    for (let i = 0; i < 50; i += 1) queue.push({ flow: flow('late'), cost: 1 }, flow('late'));
    const turns = Array.from({ length: 20 }, () => next(queue)!.flow.id);
    expect(turns.filter((id) => id === 'busy').length).toBeGreaterThanOrEqual(9);
  });

  it('charges afterwards what work has cost more than expected', () => {
    const queue = createFairQueue<Item>();
    for (const id of ['liar', 'honest']) {
      for (let i = 0; i < 20; i += 1) queue.push({ flow: flow(id), cost: 1 }, flow(id));
    }
    const turns = Array.from({ length: 22 }, () => {
      const item = next(queue)!;
      if (item.flow.id === 'liar') queue.charge(item.flow, 9);
      return item.flow.id;
    });
    expect(turns.filter((id) => id === 'liar').length).toBeLessThanOrEqual(3);
  });

  it('takes units of an item one by one, and counts what is left', () => {
    const queue = createFairQueue<string>();
    queue.push('ten', flow('a'), 10);
    queue.push('two', flow('b'), 2);
    expect([queue.size, queue.flows, queue.sizeOf(flow('a'))]).toEqual([12, 2, 10]);
    expect(queue.take('ten', 9)).toBe(false);
    expect(queue.take('ten', 1)).toBe(true);
    expect([queue.size, queue.flows, [...queue]]).toEqual([2, 1, ['two']]);
    expect(queue.delete('ten')).toBe(false);
  });

  it('is full for whoever has an even share of it, and for nobody else up to twice its limit', () => {
    const queue = createFairQueue<object>();
    const fill = (id: string, count: number): void => {
      for (let i = 0; i < count; i += 1) queue.push({}, flow(id));
    };
    fill('first', 10);
    expect(queue.fits(flow('first'), 1, 10)).toBe(false);
    expect(queue.fits(flow('second'), 5, 10)).toBe(true);
    expect(queue.fits(flow('second'), 6, 10)).toBe(false);
    fill('second', 5);
    fill('third', 3);
    expect(queue.fits(flow('second'), 1, 10)).toBe(false);
    expect(queue.fits(flow('fourth'), 2, 10)).toBe(true);
    expect(queue.fits(flow('fourth'), 3, 10)).toBe(false);
  });

  it('shares by weight, whatever the costs, among flows that always wait (property)', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const random = createRandom(seed);
      const flows = Array.from({ length: 2 + Math.floor(random.next() * 5) }, (_, i) =>
        flow(`f${i}`, 1 + Math.floor(random.next() * 3)),
      );
      const queue = createFairQueue<Item>();
      const served = new Map(flows.map(({ id }) => [id, 0]));
      let most = 0;
      const push = (one: Flow): void => {
        const cost = 1 + Math.floor(random.next() * 50);
        most = Math.max(most, cost);
        queue.push({ flow: one, cost }, one);
      };
      for (const one of flows) for (let i = 0; i < 5; i += 1) push(one);
      for (let i = 0; i < 2_000; i += 1) {
        const item = next(queue)!;
        served.set(item.flow.id, served.get(item.flow.id)! + item.cost / item.flow.weight);
        push(item.flow);
      }
      // The bound of start-time fair queueing: two flows differ by at most one item of each.
      const shares = [...served.values()];
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(2 * most);
    }
  });

  it('remembers a bounded number of flows', () => {
    const queue = createFairQueue<Item>();
    queue.push({ flow: flow('stays'), cost: 1 }, flow('stays'));
    for (let i = 0; i < 10_000; i += 1) {
      const item = { flow: flow(`address ${i}`), cost: 1 };
      queue.push(item, item.flow);
      queue.delete(item);
      queue.charge(item.flow, 1);
    }
    expect([queue.size, queue.flows]).toEqual([1, 1]);
    expect(next(queue)?.flow.id).toBe('stays');
  });
});

const take = (queue: ReturnType<typeof createFairQueue<Item>>): string | undefined =>
  next(queue)?.flow.id;

function queueOf(...flows: Flow[]) {
  const queue = createFairQueue<Item>();
  for (const each of flows) queue.push({ flow: each, cost: 1 }, each);
  return queue;
}

describe('bulk in a fair queue', () => {
  it('has its turn while nothing else waits, and shares it by the same rules', () => {
    const [a, b] = [bulkOf(flow('a')), bulkOf(flow('b'))];
    const queue = queueOf(a, a, b, flow('a'), flow('c'), flow('c'));
    expect(Array.from({ length: 6 }, () => take(queue))).toEqual([
      'a',
      'c',
      'c',
      'a bulk',
      'b bulk',
      'a bulk',
    ]);
  });

  it('is taken where nothing else may be', () => {
    const queue = queueOf(flow('a'), bulkOf(flow('b')));
    expect(queue.head((item) => item.flow.id !== 'a')?.flow.id).toBe('b bulk');
  });

  it('has half of the room, and leaves the rest to others', () => {
    const queue = createFairQueue<Item>();
    const bulk = bulkOf(flow('a'));
    const fits = (own: Flow, units: number): boolean => queue.fits(own, units, 8);
    expect([fits(bulk, 4), fits(bulk, 5)]).toEqual([true, false]);
    queue.push({ flow: bulk, cost: 1 }, bulk, 4);
    expect([queue.size, queue.bulk]).toEqual([4, { size: 4, flows: 1 }]);
    expect([fits(bulk, 1), fits(bulkOf(flow('b')), 2), fits(flow('a'), 4)]).toEqual([
      false,
      true,
      true,
    ]);
    queue.push({ flow: flow('a'), cost: 1 }, flow('a'), 4);
    expect(fits(bulkOf(flow('b')), 1)).toBe(false);
    while (take(queue));
    expect([queue.size, queue.bulk]).toEqual([0, { size: 0, flows: 0 }]);
  });
});

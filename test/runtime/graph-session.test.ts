import { describe, expect, it } from 'vitest';
import { createGraph } from '../../src/neural/graph.ts';
import { serializeGraph } from '../../src/neural/serialize.ts';
import {
  createCarriedState,
  openGraphSession,
  type GraphSession,
} from '../../src/runtime/graph-session.ts';

const slots = [{ name: 'sum', nextName: 'sum.next', shape: [2] }];
const float32 = (...values: number[]) =>
  ({ type: 'float32', dims: [values.length], data: Float32Array.from(values) }) as const;

/** sum.next = sum + x; seen = x * 2. */
async function openAdder(): Promise<GraphSession> {
  const graph = createGraph();
  const [x, sum] = [graph.input('x', [2]), graph.input('sum', [2])];
  graph.output('sum.next', graph.node('Add', [sum, x], [2]));
  graph.output('seen', graph.node('Add', [x, x], [2]));
  return openGraphSession(serializeGraph(graph, 'adder'), { threads: 1 });
}

describe('a graph session', () => {
  it('runs a graph and gives every output, or those asked for', async () => {
    const session = await openAdder();
    const feeds = { x: float32(1, 2), sum: float32(10, 20) };
    expect(await session.run(feeds)).toEqual({ 'sum.next': float32(11, 22), seen: float32(2, 4) });
    expect(await session.run(feeds, ['seen'])).toEqual({ seen: float32(2, 4) });
    await session.close();
  });

  it('carries state from step to step', async () => {
    const session = await openAdder();
    const state = createCarriedState(slots, new Map([['sum', Float32Array.of(1, 1)]]));
    for (let step = 0; step < 3; step += 1) {
      expect(await session.step(state, { x: float32(1, 2) }, ['seen'])).toEqual({
        seen: float32(2, 4),
      });
    }
    expect(state.read()).toEqual(new Map([['sum', Float32Array.of(4, 7)]]));
    await session.close();
  });

  it('lets two sessions step one state in turn', async () => {
    const [one, two] = [await openAdder(), await openAdder()];
    const state = createCarriedState(slots, new Map([['sum', Float32Array.of(0, 0)]]));
    await one.step(state, { x: float32(1, 1) }, ['seen']);
    await two.step(state, { x: float32(2, 2) }, ['seen']);
    await one.step(state, { x: float32(3, 3) }, ['seen']);
    expect(state.read().get('sum')).toEqual(Float32Array.of(6, 6));
    await Promise.all([one.close(), two.close()]);
  });

  it('takes copies of the state in and gives copies out', async () => {
    const session = await openAdder();
    const first = Float32Array.of(1, 1);
    const state = createCarriedState(slots, new Map([['sum', first]]));
    const read = state.read().get('sum')!;
    await session.step(state, { x: float32(1, 1) }, ['seen']);
    await session.step(state, { x: float32(1, 1) }, ['seen']);
    expect(first).toEqual(Float32Array.of(1, 1));
    expect(read).toEqual(Float32Array.of(1, 1));
    await session.close();
  });

  it('feeds the present state to another graph without a copy', async () => {
    const session = await openAdder();
    const state = createCarriedState(slots, new Map([['sum', Float32Array.of(1, 2)]]));
    await session.step(state, { x: float32(1, 1) }, ['seen']);
    const outputs = await session.run({ x: float32(0, 0), ...state.feeds() }, ['sum.next']);
    expect(outputs).toEqual({ 'sum.next': float32(2, 3) });
    await session.close();
  });
});

import { describe, expect, it } from 'vitest';
import { createGraph } from '../../src/neural/graph.ts';
import { serializeGraph } from '../../src/neural/serialize.ts';
import { createCarriedState, openGraphSession } from '../../src/runtime/graph-session.ts';

const slots = [{ name: 'sum', nextName: 'sum.next', shape: [2] }];
const zeros = () => new Map([['sum', new Float32Array(2)]]);
const float32 = (...values: number[]) =>
  ({ type: 'float32', dims: [values.length], data: Float32Array.from(values) }) as const;

async function openAdder() {
  const graph = createGraph();
  const [x, sum] = [graph.input('x', [2]), graph.input('sum', [2])];
  graph.output('sum.next', graph.node('Add', [sum, x], [2]));
  return openGraphSession(serializeGraph(graph, 'adder'), { threads: 1 });
}

describe('a graph session refuses', () => {
  it('bytes that are no graph', async () => {
    await expect(openGraphSession(Uint8Array.of(1, 2, 3), { threads: 1 })).rejects.toMatchObject({
      code: 'GLIMPSE_RUNTIME_FAILED',
    });
  });

  it('a feed that is missing, and stays usable', async () => {
    const session = await openAdder();
    await expect(session.run({ x: float32(1, 1) })).rejects.toMatchObject({
      code: 'GLIMPSE_RUNTIME_FAILED',
      message: expect.stringContaining("input 'sum' is missing"),
    });
    const outputs = await session.run({ x: float32(1, 1), sum: float32(1, 1) });
    expect(outputs['sum.next']).toEqual(float32(2, 2));
    await session.close();
  });

  it('a feed whose numbers do not fill its shape, and stays usable', async () => {
    const session = await openAdder();
    const short = { ...float32(1, 1), dims: [3] };
    await expect(session.run({ x: short, sum: float32(1, 1) })).rejects.toMatchObject({
      code: 'GLIMPSE_RUNTIME_FAILED',
      details: { reason: expect.stringContaining('size(3)') },
    });
    expect((await session.run({ x: float32(1, 1), sum: float32(1, 1) }))['sum.next']).toEqual(
      float32(2, 2),
    );
    await session.close();
  });

  it('a step of the wrong shape, and leaves the state as it was', async () => {
    const session = await openAdder();
    const state = createCarriedState(slots, zeros());
    await session.step(state, { x: float32(1, 1) }, []);
    await expect(session.step(state, { x: float32(1, 1, 1) }, [])).rejects.toMatchObject({
      code: 'GLIMPSE_RUNTIME_FAILED',
    });
    expect(state.read().get('sum')).toEqual(Float32Array.of(1, 1));
    await session.step(state, { x: float32(1, 1) }, []);
    expect(state.read().get('sum')).toEqual(Float32Array.of(2, 2));
    await session.close();
  });

  it('a state that lacks a value', () => {
    expect(() => createCarriedState(slots, new Map())).toThrow('the slot sum has no value');
  });

  it('a state somebody else made', async () => {
    const session = await openAdder();
    const forged = { read: () => zeros(), feeds: () => ({}) };
    await expect(session.step(forged, { x: float32(1, 1) }, [])).rejects.toThrow(
      'was not made by createCarriedState',
    );
    await session.close();
  });
});

import { describe, expect, it } from 'vitest';
import { createGraph, symbolicBatch } from '../../src/neural/graph.ts';
import { modelProto } from '../../src/neural/onnx-schema.ts';
import { serializeGraph } from '../../src/neural/serialize.ts';
import { openGraphSession } from '../../src/runtime/graph-session.ts';
import { float32 } from './gradient-check.ts';

function decode(bytes: Uint8Array): Record<string, unknown> {
  return modelProto.toObject(modelProto.decode(bytes), { longs: Number, bytes: Array });
}

function example() {
  const graph = createGraph();
  const x = graph.input('x', [symbolicBatch, 2, 2]);
  const w = graph.constant(Float32Array.of(1, -2), [2]);
  const sum = graph.node('Add', [x, w], x.shape);
  const leaky = graph.node('LeakyRelu', [sum], x.shape, { attributes: { alpha: { float: 0.25 } } });
  const last = graph.node('Softmax', [leaky], x.shape, { attributes: { axis: { int: -1 } } });
  graph.output('y', last);
  return graph;
}

describe('serializeGraph', () => {
  it('writes what a reader of onnx.proto finds again', () => {
    expect(decode(serializeGraph(example(), 'example'))).toMatchObject({
      irVersion: 8,
      producerName: 'glimpse',
      opsetImport: [{ version: 18 }],
      graph: {
        name: 'example',
        node: [
          { opType: 'Add', input: ['x', 'constant_1'], output: ['Add_2'] },
          { opType: 'LeakyRelu', attribute: [{ name: 'alpha', f: 0.25, type: 1 }] },
          { opType: 'Softmax', output: ['y'], attribute: [{ name: 'axis', i: -1, type: 2 }] },
        ],
        initializer: [
          { name: 'constant_1', dims: [2], dataType: 1, rawData: [0, 0, 128, 63, 0, 0, 0, 192] },
        ],
        input: [
          {
            name: 'x',
            type: {
              tensorType: {
                elemType: 1,
                shape: { dim: [{ dimParam: 'N' }, { dimValue: 2 }, { dimValue: 2 }] },
              },
            },
          },
        ],
        output: [{ name: 'y' }],
      },
    });
  });

  it('writes bytes that decode and encode to themselves', () => {
    const bytes = serializeGraph(example(), 'example');
    expect(modelProto.encode(modelProto.decode(bytes)).finish()).toEqual(bytes);
  });

  it('writes the same bytes for the same graph', () => {
    expect(serializeGraph(example(), 'a')).toEqual(serializeGraph(example(), 'a'));
  });

  it('hands an input through, and gives one value two names, without losing either', async () => {
    const graph = createGraph();
    const x = graph.input('x', [2]);
    const doubled = graph.node('Add', [x, x], [2]);
    graph.output('same', x);
    graph.output('first', doubled);
    graph.output('second', doubled);
    graph.output('after', graph.node('Neg', [doubled], [2]));
    const session = await openGraphSession(serializeGraph(graph, 'names'), { threads: 1 });
    const outputs = await session.run({ x: float32([2], Float32Array.of(1, 2)) });
    await session.close();
    expect(Object.fromEntries(Object.entries(outputs).map(([k, v]) => [k, [...v.data]]))).toEqual({
      same: [1, 2],
      first: [2, 4],
      second: [2, 4],
      after: [-2, -4],
    });
  });
});

describe('createGraph', () => {
  it('refuses a name twice', () => {
    const graph = createGraph();
    graph.input('x', [1]);
    expect(() => graph.input('x', [1])).toThrow('the name x is taken');
    expect(() => graph.output('x', graph.constant(1))).toThrow('the name x is taken');
  });

  it('writes a scalar and a list of axes once', () => {
    const graph = createGraph();
    expect(graph.constant(0.5)).toBe(graph.constant(0.5));
    expect(graph.integers([0, 1])).toBe(graph.integers([0, 1]));
    expect(graph.constants).toHaveLength(2);
  });

  it('refuses numbers that do not fill their shape', () => {
    const graph = createGraph();
    expect(() => graph.constant(new Float32Array(3), [2])).toThrow('must fill its shape');
  });

  it('refuses a broadcast of shapes that do not match', async () => {
    const { add } = await import('../../src/neural/ops/arithmetic.ts');
    const graph = createGraph();
    const [a, b] = [graph.input('a', [2]), graph.input('b', [3])];
    expect(() => add(graph, a, b)).toThrow('shapes [2] and [3] do not match');
  });
});

import { describe, expect, it } from 'vitest';
import { createGraph } from '../../src/neural/graph.ts';
import { bytesOf, mostLiveBytes } from '../../src/neural/live-bytes.ts';

/** A hundred numbers of four bytes. */
const shape = [100];
const value = 400;

describe('the bytes that a graph holds at once', () => {
  it('are none of what comes in and goes out', () => {
    const graph = createGraph();
    const x = graph.input('x', shape);
    graph.output('y', graph.node('Concat', [x, x], [200]));
    expect(mostLiveBytes(graph)).toBe(0);
  });

  it('are given back after the last use of a value, and kept until then', () => {
    const graph = createGraph();
    const x = graph.input('x', shape);
    const first = graph.node('Transpose', [x], shape);
    const second = graph.node('Transpose', [first], shape);
    const third = graph.node('Transpose', [second], shape);
    graph.output('short', graph.node('Concat', [third], shape));
    // Two at a time: one is read, one is written.
    expect(mostLiveBytes(graph)).toBe(2 * value);
    graph.output('long', graph.node('Concat', [first], shape));
    expect(mostLiveBytes(graph)).toBe(3 * value);
  });

  it('are not counted twice where a value is written over, or has another shape', () => {
    const graph = createGraph();
    const x = graph.input('x', shape);
    const first = graph.node('Transpose', [x], shape);
    const other = graph.node('Reshape', [first, graph.integers([10, 10])], [10, 10]);
    const same = graph.node('Relu', [other], [10, 10]);
    graph.output('y', graph.node('Transpose', [same], [10, 10]));
    expect(mostLiveBytes(graph)).toBe(value);
  });

  it('are both of a value and of its successor where the value is needed later', () => {
    const graph = createGraph();
    const x = graph.input('x', shape);
    const first = graph.node('Transpose', [x], shape);
    const second = graph.node('Relu', [first], shape);
    graph.output('y', graph.node('Concat', [first, second], [200]));
    expect(mostLiveBytes(graph)).toBe(2 * value);
  });

  it('are those of a type of element', () => {
    expect(bytesOf({ name: 'a', shape: [3, 5], type: 'int64' })).toBe(120);
    expect(bytesOf({ name: 'b', shape: [], type: 'bool' })).toBe(1);
  });
});

import { strict as assert } from 'node:assert';
import type { Graph, Value } from './graph.ts';
import { add } from './ops/arithmetic.ts';

/**
 * Reverse-mode differentiation: walks the tape backwards from a scalar and lets each step emit its own
 * gradient. Steps that no wanted value flows through are never visited, so the gradient by the input
 * images, say, costs nothing.
 */
export function gradientsOf(graph: Graph, loss: Value, wanted: readonly Value[]): Value[] {
  assert(loss.shape.length === 0, 'only a scalar has gradients here: this is our bug');
  // The backward pass emits nodes through the same ops, so the tape grows while we walk it.
  const tape = [...graph.tape];
  const depends = new Set(wanted.map((value) => value.name));
  for (const { output, inputs } of tape) {
    if (inputs.some((input) => depends.has(input.name))) depends.add(output.name);
  }
  const upstream = new Map<string, Value>([[loss.name, graph.constant(1)]]);
  for (const { output, inputs, gradients } of tape.toReversed()) {
    const arriving = upstream.get(output.name);
    if (!arriving) continue;
    inputs.forEach((input, index) => {
      if (!depends.has(input.name)) return;
      const leaving = gradients[index]!(arriving);
      const others = upstream.get(input.name);
      upstream.set(input.name, others ? add(graph, others, leaving) : leaving);
    });
  }
  return wanted.map((value) => {
    const gradient = upstream.get(value.name);
    assert(gradient, `the loss does not depend on ${value.name}: this is our bug`);
    assert.deepEqual(gradient.shape, value.shape, `gradient of ${value.name}: this is our bug`);
    return gradient;
  });
}

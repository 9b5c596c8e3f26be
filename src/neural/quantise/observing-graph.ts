import {
  encodeModel,
  tensorOf,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
} from '../onnx-model.ts';
import type { FloatGraph } from './float-graph.ts';
import { eightBitsOf, type Range } from './ranges.ts';

/** A graph that tells a row of figures about its own values instead of scores; each row of a batch is the same. */
export interface ObservingGraph {
  readonly model: Uint8Array;
  readonly output: 'glimpse.figures';
  /** How many figures. */
  readonly width: number;
}

/** Writes nodes and constants behind a graph. */
interface Appendix {
  readonly nodes: OnnxNode[];
  readonly constants: OnnxTensor[];
  /** One node; gives its output. */
  add(
    opType: string,
    input: readonly string[],
    attributes?: Readonly<Record<string, number>>,
  ): string;
  constant(tensor: (name: string) => OnnxTensor): string;
}

/** The least and the largest of each of these values in a batch, one pair after the other. */
export function rangeGraph(model: OnnxModel, graph: FloatGraph, names: readonly string[]) {
  return observing(model, graph, (appendix) =>
    names.flatMap((name) => [
      appendix.add('ReduceMin', [name], { keepdims: 0 }),
      appendix.add('ReduceMax', [name], { keepdims: 0 }),
    ]),
  );
}

/** The mean squared error of each of these values in eight bits of each of its ranges, value by value. */
export function errorGraph(
  model: OnnxModel,
  graph: FloatGraph,
  tried: ReadonlyMap<string, readonly Range[]>,
) {
  return observing(model, graph, (appendix) =>
    [...tried].flatMap(([name, ranges]) => ranges.map((range) => errorOf(appendix, name, range))),
  );
}

function errorOf(appendix: Appendix, name: string, range: Range): string {
  const { scale, zero } = eightBitsOf(range);
  const parameters = [
    appendix.constant((name) => tensorOf(name, Float32Array.of(scale), [])),
    appendix.constant((name) => tensorOf(name, Uint8Array.of(zero), [])),
  ];
  const bytes = appendix.add('QuantizeLinear', [name, ...parameters]);
  const back = appendix.add('DequantizeLinear', [bytes, ...parameters]);
  const off = appendix.add('Sub', [name, back]);
  return appendix.add('ReduceMean', [appendix.add('Mul', [off, off])], { keepdims: 0 });
}

/** A graph whose one output are the scalars that `observe` adds, once for each example of the batch. */
function observing(
  model: OnnxModel,
  graph: FloatGraph,
  observe: (appendix: Appendix) => string[],
): ObservingGraph {
  const appendix = createAppendix();
  const one = appendix.constant((name) => tensorOf(name, BigInt64Array.of(1n), [1]));
  const zero = appendix.constant((name) => tensorOf(name, BigInt64Array.of(0n), [1]));
  const scalars = observe(appendix).map((name) => appendix.add('Reshape', [name, one]));
  const width = appendix.constant((name) =>
    tensorOf(name, BigInt64Array.of(BigInt(scalars.length)), [1]),
  );
  const row = appendix.add('Concat', scalars, { axis: 0 });
  const count = appendix.add('Gather', [appendix.add('Shape', [graph.input]), zero], { axis: 0 });
  const shape = appendix.add('Concat', [count, width], { axis: 0 });
  appendix.nodes.push(nodeOf('Expand', [row, shape], 'glimpse.figures', {}));
  const nodes = [...graph.nodes, ...appendix.nodes];
  const used = new Set(nodes.flatMap(({ input }) => input));
  const float = { elemType: 1, shape: { dim: [{ dimParam: 'N' }, { dimValue: scalars.length }] } };
  const observed = {
    ...model,
    graph: {
      ...model.graph,
      node: nodes,
      initializer: [...graph.constants.values(), ...appendix.constants].filter(({ name }) =>
        used.has(name),
      ),
      // A weight may be listed as an input with a default, and would have to be fed without it.
      input: model.graph.input.filter(({ name }) => name === graph.input),
      output: [{ name: 'glimpse.figures', type: { tensorType: float } }],
    },
  };
  return { model: encodeModel(observed), output: 'glimpse.figures', width: scalars.length };
}

function createAppendix(): Appendix {
  const nodes: OnnxNode[] = [];
  const constants: OnnxTensor[] = [];
  const fresh = (): string => `glimpse.observed.${nodes.length + constants.length}`;
  return {
    nodes,
    constants,
    add(opType, input, attributes = {}) {
      const output = fresh();
      nodes.push(nodeOf(opType, input, output, attributes));
      return output;
    },
    constant(tensor) {
      const name = fresh();
      constants.push(tensor(name));
      return name;
    },
  };
}

function nodeOf(
  opType: string,
  input: readonly string[],
  output: string,
  attributes: Readonly<Record<string, number>>,
): OnnxNode {
  const attribute = Object.entries(attributes).map(([name, i]) => ({ name, i, type: 2 }));
  return { opType, input, output: [output], name: output, attribute };
}

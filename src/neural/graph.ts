import { strict as assert } from 'node:assert';
import { sizeOf } from '../tensor.ts';

/**
 * A small typed graph: values with shapes, nodes with ONNX op names, and the tape that remembers how
 * each differentiable step passes its gradient back. It computes nothing; `serialize.ts` turns it into
 * ONNX bytes and the runtime runs those.
 */
export type ElementType = 'float32' | 'float16' | 'uint8' | 'int8' | 'int64' | 'int32' | 'bool';

/** The length of an axis that is only known when the graph runs: the batch axis of serving graphs. */
export const symbolicBatch = -1;

export interface Value {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: ElementType;
}

/** Tagged, because ONNX tells whole numbers from fractions and JavaScript does not. */
export type Attribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly string: string };
export type Attributes = Readonly<Record<string, Attribute>>;

export interface GraphNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

/** A value the caller may fetch, under a name of its own. */
export interface GraphOutput {
  readonly name: string;
  readonly value: Value;
}

export interface Constant {
  readonly value: Value;
  readonly data: Float32Array | BigInt64Array;
}

/** Given the gradient of the loss by a step's output, emits the gradient by one of its inputs. */
export type Gradient = (upstream: Value) => Value;

/** One differentiable step: `gradients[i]` belongs to `inputs[i]`. */
export interface TapeEntry {
  readonly output: Value;
  readonly inputs: readonly Value[];
  readonly gradients: readonly Gradient[];
}

export interface NodeOptions {
  readonly attributes?: Attributes;
  readonly type?: ElementType;
}

export interface Graph {
  readonly inputs: readonly Value[];
  readonly outputs: readonly GraphOutput[];
  readonly constants: readonly Constant[];
  readonly nodes: readonly GraphNode[];
  readonly tape: readonly TapeEntry[];
  /** Every value by its name. */
  readonly values: ReadonlyMap<string, Value>;
  /** Declares what the caller feeds. Names are unique. */
  input(name: string, shape: readonly number[], type?: ElementType): Value;
  /** Declares that the caller may fetch `value` under `name`. */
  output(name: string, value: Value): void;
  /** Numbers written into the graph itself. A scalar, or a list of whole numbers, is written once. */
  constant(values: Float32Array | number, shape?: readonly number[]): Value;
  integers(values: readonly number[]): Value;
  /** One node with one output of the given shape. Inputs left out (ONNX optional inputs) are undefined. */
  node(
    op: string,
    inputs: readonly (Value | undefined)[],
    shape: readonly number[],
    options?: NodeOptions,
  ): Value;
  /** One node with several outputs. */
  split(
    op: string,
    inputs: readonly (Value | undefined)[],
    shapes: readonly (readonly number[])[],
    options?: NodeOptions,
  ): Value[];
  /** Remembers how `output` passes its gradient back to `inputs`, and returns it. */
  differentiable(output: Value, inputs: readonly Value[], gradients: readonly Gradient[]): Value;
}

export function createGraph(): Graph {
  const names = createNames();
  const tape: TapeEntry[] = [];
  return {
    tape,
    values: names.declared,
    ...createBorder(names),
    ...createConstants(names),
    ...createNodes(names),
    differentiable(output, inputs, gradients) {
      assert(inputs.length === gradients.length, 'one gradient for each input: this is our bug');
      tape.push({ output, inputs, gradients });
      return output;
    },
  };
}

interface Names {
  readonly declared: ReadonlyMap<string, Value>;
  /** A value under a name the caller chose. */
  declare(name: string, shape: readonly number[], type: ElementType): Value;
  /** A value under a name that is not in use yet. */
  fresh(prefix: string, shape: readonly number[], type: ElementType): Value;
}

function createNames(): Names {
  const declared = new Map<string, Value>();
  let counter = 0;
  const declare: Names['declare'] = (name, shape, type) => {
    assert(!declared.has(name), `the name ${name} is taken in this graph: this is our bug`);
    const value = { name, shape: [...shape], type };
    declared.set(name, value);
    return value;
  };
  return {
    declared,
    declare,
    fresh(prefix, shape, type) {
      counter += 1;
      return declare(`${prefix}_${counter}`, shape, type);
    },
  };
}

function createBorder(names: Names): Pick<Graph, 'inputs' | 'outputs' | 'input' | 'output'> {
  const inputs: Value[] = [];
  const outputs: GraphOutput[] = [];
  return {
    inputs,
    outputs,
    input(name, shape, type = 'float32') {
      const value = names.declare(name, shape, type);
      inputs.push(value);
      return value;
    },
    output(name, value) {
      names.declare(name, value.shape, value.type);
      outputs.push({ name, value });
    },
  };
}

function createConstants(names: Names): Pick<Graph, 'constants' | 'constant' | 'integers'> {
  const constants: Constant[] = [];
  const shared = new Map<string, Value>();
  const add = (constant: Constant): Value => {
    constants.push(constant);
    return constant.value;
  };
  const once = (key: string, create: () => Constant): Value => {
    const known = shared.get(key) ?? add(create());
    shared.set(key, known);
    return known;
  };
  return {
    constants,
    constant(values, shape = []) {
      if (typeof values === 'number') {
        const data = Float32Array.of(values);
        return once(`float ${values}`, () => ({
          value: names.fresh('scalar', [], 'float32'),
          data,
        }));
      }
      assert(values.length === sizeOf(shape), 'a constant must fill its shape: this is our bug');
      return add({ value: names.fresh('constant', shape, 'float32'), data: values });
    },
    integers(values) {
      return once(`integers ${values.join()}`, () => ({
        value: names.fresh('integers', [values.length], 'int64'),
        data: BigInt64Array.from(values, BigInt),
      }));
    },
  };
}

function createNodes(names: Names): Pick<Graph, 'nodes' | 'node' | 'split'> {
  const nodes: GraphNode[] = [];
  const split: Graph['split'] = (op, inputs, shapes, options = {}) => {
    const made = shapes.map((shape) => names.fresh(op, shape, options.type ?? 'float32'));
    nodes.push({
      op,
      inputs: namesOf(inputs),
      outputs: made.map((value) => value.name),
      attributes: options.attributes ?? {},
    });
    return made;
  };
  return {
    nodes,
    split,
    node: (op, inputs, shape, options) => split(op, inputs, [shape], options)[0]!,
  };
}

/** An input that is left out has an empty name, at the end none: behind a Conv without a bias ONNX Runtime folds nothing else. */
function namesOf(inputs: readonly (Value | undefined)[]): string[] {
  const last = inputs.findLastIndex((value) => value !== undefined);
  return inputs.slice(0, last + 1).map((value) => value?.name ?? '');
}

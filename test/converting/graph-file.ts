import { graphDef } from '../../src/converting/graphs/graph-schema.ts';

/** A graph of TensorFlow that a test writes, node by node. */
export interface NodeDef {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, object>>;
}

/** The bytes of a frozen graph. */
export function frozen(nodes: readonly NodeDef[]): Buffer {
  return Buffer.from(graphDef.encode(graphDef.fromObject({ node: nodes })).finish());
}

export const text = (value: string): object => ({ s: Buffer.from(value) });
export const ints = (...values: readonly number[]): object => ({ list: { i: values } });

const shapeOf = (lengths: readonly number[]): object => ({
  dim: lengths.map((size) => ({ size })),
});

/** What images go into. */
export function placeholder(name: string, lengths: readonly number[], type = 'DT_FLOAT'): NodeDef {
  return { name, op: 'Placeholder', attr: { dtype: { type }, shape: { shape: shapeOf(lengths) } } };
}

/** Floats of a shape. */
export function floats(name: string, shape: readonly number[], values: readonly number[]): NodeDef {
  const tensor = {
    dtype: 'DT_FLOAT',
    tensorShape: shapeOf(shape),
    tensorContent: Buffer.from(Float32Array.from(values).buffer),
  };
  return { name, op: 'Const', attr: { dtype: { type: 'DT_FLOAT' }, value: { tensor } } };
}

/** Whole numbers as a list, or one by itself. */
export function whole(name: string, values: readonly number[] | number): NodeDef {
  const list = typeof values === 'number' ? [values] : values;
  const tensor = {
    dtype: 'DT_INT32',
    tensorShape: shapeOf(typeof values === 'number' ? [] : [list.length]),
    intVal: list,
  };
  return { name, op: 'Const', attr: { dtype: { type: 'DT_INT32' }, value: { tensor } } };
}

/** A node that takes others. */
export function node(
  op: string,
  input: readonly string[],
  attr: NodeDef['attr'] = {},
  name: string = op.toLowerCase(),
): NodeDef {
  return { name, op, input, attr };
}

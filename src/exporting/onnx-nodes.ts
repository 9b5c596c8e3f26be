import { bytesField, integerField } from '../runtime/onnx-file/field-values.ts';

/** Nodes and ports of an ONNX graph as bytes, by the numbers of onnx.proto. */
export type Attribute = { readonly int: number } | { readonly ints: readonly number[] };

const attributeTypes = { int: 2, tensor: 4, ints: 7 };
const elementTypes = { float32: 1, int64: 7 };

/** A node with one output. */
export function nodeOf(
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, Attribute>> = {},
): Uint8Array {
  const fields = Object.entries(attributes).map(([name, value]) => attributeField(name, value));
  return node(op, inputs, output, fields);
}

/** A node that gives a list: of float32, or of whole numbers as int64. */
export function constantNode(output: string, values: Float32Array | readonly number[]): Uint8Array {
  const isFloat = values instanceof Float32Array;
  const raw = Buffer.alloc(values.length * (isFloat ? 4 : 8));
  for (const [place, value] of values.entries()) {
    if (isFloat) raw.writeFloatLE(value, place * 4);
    else raw.writeBigInt64LE(BigInt(value), place * 8);
  }
  const tensor = bytesField(5, [
    integerField(1, values.length),
    integerField(2, isFloat ? elementTypes.float32 : elementTypes.int64),
    bytesField(9, [raw]),
  ]);
  const type = integerField(20, attributeTypes.tensor);
  return node('Constant', [], output, [bytesField(5, [bytesField(1, 'value'), tensor, type])]);
}

/** An input or output of a graph: its name, the number of its type, and its axes, a name for one of any length. */
export function portOf(
  name: string,
  type: number,
  shape: readonly (number | string)[],
): Uint8Array {
  const axes = shape.map((length) =>
    bytesField(1, [typeof length === 'number' ? integerField(1, length) : bytesField(2, length)]),
  );
  const tensor = bytesField(1, [integerField(1, type), bytesField(2, axes)]);
  return Buffer.concat([bytesField(1, name), bytesField(2, [tensor])]);
}

function node(
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: readonly Uint8Array[],
): Uint8Array {
  return Buffer.concat([
    ...inputs.map((name) => bytesField(1, name)),
    bytesField(2, output),
    bytesField(3, output),
    bytesField(4, op),
    ...attributes,
  ]);
}

function attributeField(name: string, attribute: Attribute): Uint8Array {
  const fields =
    'int' in attribute
      ? [integerField(3, attribute.int), integerField(20, attributeTypes.int)]
      : [
          ...attribute.ints.map((value) => integerField(8, value)),
          integerField(20, attributeTypes.ints),
        ];
  return bytesField(5, [bytesField(1, name), ...fields]);
}

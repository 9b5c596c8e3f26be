import type { Type as TypeBox } from 'typebox';

/** The builders of TypeBox that this house uses. */
type Builders = Pick<
  typeof TypeBox,
  | 'Array'
  | 'Boolean'
  | 'Enum'
  | 'Integer'
  | 'Literal'
  | 'Null'
  | 'Number'
  | 'Object'
  | 'Omit'
  | 'Optional'
  | 'Partial'
  | 'Pick'
  | 'Record'
  | 'String'
  | 'Union'
  | 'Unknown'
  | 'Unsafe'
>;

type Schema = Readonly<Record<string, unknown>>;
type Properties = Readonly<Record<string, Schema>>;
type ObjectSchema = Schema & { readonly properties: Properties };

/** TypeBox's own mark of a field that may be missing. No part of the schema, so it is not seen in it. */
const optionalMark = '~optional';

const optional = (schema: Schema): Schema =>
  Object.defineProperty({ ...schema }, optionalMark, { value: true });

const objectOf = (properties: Properties, options?: Schema): Schema => {
  const required = Object.entries(properties)
    .filter(([, schema]) => !Object.hasOwn(schema, optionalMark))
    .map(([name]) => name);
  return { type: 'object', ...(required.length > 0 && { required }), properties, ...options };
};

/** An object schema with some of the fields of another, and nothing else of it. */
const fieldsOf = (
  { properties }: ObjectSchema,
  isTaken: (name: string) => boolean,
  options?: Schema,
): Schema =>
  objectOf(
    Object.fromEntries(Object.entries(properties).filter(([name]) => isTaken(name))),
    options,
  );

const builders = {
  Array: (items: Schema, options?: Schema) => ({ type: 'array', items, ...options }),
  Boolean: (options?: Schema) => ({ type: 'boolean', ...options }),
  Enum: (values: readonly unknown[], options?: Schema) => ({ enum: values, ...options }),
  Integer: (options?: Schema) => ({ type: 'integer', ...options }),
  Literal: (value: unknown, options?: Schema) => ({
    type: typeof value,
    const: value,
    ...options,
  }),
  Null: (options?: Schema) => ({ type: 'null', ...options }),
  Number: (options?: Schema) => ({ type: 'number', ...options }),
  Object: objectOf,
  Omit: (schema: ObjectSchema, names: readonly string[], options?: Schema) =>
    fieldsOf(schema, (name) => !names.includes(name), options),
  Optional: optional,
  Partial: ({ properties }: ObjectSchema, options?: Schema) =>
    objectOf(
      Object.fromEntries(
        Object.entries(properties).map(([name, schema]) => [name, optional(schema)]),
      ),
      options,
    ),
  Pick: (schema: ObjectSchema, names: readonly string[], options?: Schema) =>
    fieldsOf(schema, (name) => names.includes(name), options),
  Record: (_names: Schema, values: Schema, options?: Schema) => ({
    type: 'object',
    patternProperties: { '^.*$': values },
    ...options,
  }),
  String: (options?: Schema) => ({ type: 'string', ...options }),
  Union: (choices: readonly Schema[], options?: Schema) => ({ anyOf: choices, ...options }),
  Unknown: (options?: Schema) => ({ ...options }),
  Unsafe: (schema: Schema) => ({ ...schema }),
};

/**
 * Builds JSON schemas as TypeBox does, and TypeScript reads the types of their values from them in the same way.
 * Loading TypeBox for it, which is 680 modules for a language of types, would take every program and thread that
 * starts a quarter of a second.
 */
// The types are TypeBox's, and what they describe is seen by the compiler alone; a test compares the schemas.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
export const Type = builders as unknown as Builders;

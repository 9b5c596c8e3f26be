import { Type as TypeBox } from 'typebox';
import { describe, expect, it } from 'vitest';
import { Type } from '../../src/schema/builder.ts';

/** What one of the two makes of the same calls, with every option and every order that matters. */
function schemasOf(type: typeof Type) {
  const Closed = { additionalProperties: false };
  const fields = {
    name: type.String({ maxLength: 3, description: 'a name' }),
    count: type.Optional(type.Integer({ minimum: 0 })),
    share: type.Number(),
    toString: type.Optional(type.Boolean({ default: false })),
  };
  const object = type.Object(fields, { ...Closed, title: 'Thing' });
  const optional = type.Optional(object);
  return {
    object,
    optional,
    bare: [type.String(), type.Integer(), type.Number(), type.Boolean(), type.Null()],
    empty: [type.Object({}), type.Object({}, Closed), type.Unknown(), type.Unknown({ title: 'X' })],
    literals: [type.Literal('a', { title: 'A' }), type.Literal(1), type.Literal(true)],
    enums: [type.Enum(['a', 'b']), type.Enum([1, 2], { type: 'integer' })],
    array: type.Array(object, { minItems: 1 }),
    union: type.Union([type.Null(), object], { description: 'either' }),
    record: type.Record(type.String({ maxLength: 5 }), type.Number(), { title: 'R' }),
    unsafe: type.Unsafe<string>({ $ref: 'Thing#' }),
    partial: [type.Partial(object), type.Partial(object, Closed)],
    omitted: [type.Omit(object, ['name']), type.Omit(object, ['count', 'toString'], Closed)],
    picked: [type.Pick(object, ['share', 'name']), type.Pick(object, ['count'], Closed)],
    again: type.Object({ optional, ...type.Partial(object).properties, ...fields }),
    fieldOfPartial: type.Object({ name: type.Partial(object).properties.name }),
  };
}

describe('the builder of schemas', () => {
  it('makes the very text that TypeBox makes', () => {
    const ours = schemasOf(Type);
    const theirs = schemasOf(TypeBox);
    for (const [name, schema] of Object.entries(theirs)) {
      expect(JSON.stringify(ours[name as keyof typeof ours]), name).toBe(JSON.stringify(schema));
    }
  });

  it('leaves the schemas that it is given as they are', () => {
    const name = Type.String();
    const object = Type.Object({ name });
    Type.Partial(object);
    Type.Omit(object, ['name']);
    expect(Type.Object({ name: object.properties.name, again: Type.Optional(name) })).toMatchObject(
      {
        required: ['name'],
      },
    );
  });
});

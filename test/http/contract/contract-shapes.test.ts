import { describe, expect, it } from 'vitest';
import { withNamedSchemas } from '../../../src/http/contract/named-schemas.ts';
import { withPlainSchemas } from '../../../src/http/contract/plain-schemas.ts';
import { withSharedResponses } from '../../../src/http/contract/shared-responses.ts';

describe('plain schemas', () => {
  it.each([
    [
      'constants to choose from are one enum with a type',
      { anyOf: [{ enum: ['a'] }, { enum: ['b'] }], description: 'x' },
      { type: 'string', enum: ['a', 'b'], description: 'x' },
    ],
    [
      'whole numbers are integers',
      {
        anyOf: [
          { type: 'number', enum: [1] },
          { type: 'number', enum: [3] },
        ],
      },
      { type: 'integer', enum: [1, 3] },
    ],
    ['numbers stay numbers', { enum: [1.5, 2.5] }, { type: 'number', enum: [1.5, 2.5] }],
    [
      'constants beside other choices come together, first',
      { anyOf: [{ type: 'object' }, { enum: ['a'] }, { enum: ['b'] }] },
      { anyOf: [{ type: 'string', enum: ['a', 'b'] }, { type: 'object' }] },
    ],
    [
      'what may be null says so in its type',
      { anyOf: [{ type: 'number', minimum: 0 }, { type: 'null' }] },
      { type: ['number', 'null'], minimum: 0, format: 'double' },
    ],
    ['a count may need 64 bits', { type: 'integer' }, { type: 'integer', format: 'int64' }],
    [
      'a small number does not',
      { type: 'integer', maximum: 4096 },
      { type: 'integer', maximum: 4096 },
    ],
    ['a mixed enum is left alone', { enum: ['a', 1, null] }, { enum: ['a', 1, null] }],
    [
      'constants of different types are left apart',
      {
        anyOf: [
          { type: 'string', enum: ['a'] },
          { type: 'number', enum: [1.5] },
        ],
      },
      {
        anyOf: [
          { type: 'string', enum: ['a'] },
          { type: 'number', enum: [1.5] },
        ],
      },
    ],
    ['a default is data, not a schema', { default: { enum: ['a'] } }, { default: { enum: ['a'] } }],
    [
      'fields called like keywords are fields',
      { properties: { enum: { type: 'string' }, anyOf: { type: 'array' } } },
      { properties: { enum: { type: 'string' }, anyOf: { type: 'array' } } },
    ],
  ])('%s', (_, given, expected) => {
    expect(withPlainSchemas({ deep: [given] })).toEqual({ deep: [expected] });
  });
});

const animal = (name: string, field = 'kind') => ({
  title: name,
  type: 'object',
  required: [field],
  properties: { [field]: { type: 'string', enum: [name] } },
});
const unionOf = (...members: object[]) => {
  const document = withNamedSchemas({ paths: { a: { anyOf: members } }, components: {} });
  return (document['paths'] as { a: Record<string, unknown> }).a;
};

describe('named schemas', () => {
  const size = { type: 'integer', title: 'Size', description: 'How large.' };

  it('stand among the components, and are referred to by name', () => {
    const document = {
      paths: { '/a': { properties: { size, again: { ...size, description: 'Another.' } } } },
      components: { schemas: { Known: { title: 'kept out', type: 'array', items: size } } },
    };
    const $ref = '#/components/schemas/Size';
    expect(withNamedSchemas(document)).toEqual({
      paths: { '/a': { properties: { size: { $ref }, again: { $ref, description: 'Another.' } } } },
      components: {
        schemas: {
          Known: { title: 'kept out', type: 'array', items: { $ref } },
          Size: { type: 'integer', description: 'How large.' },
        },
      },
    });
  });

  it('with one title and two shapes are refused', () => {
    const document = { paths: { a: size, b: { ...size, minimum: 1 } }, components: {} };
    expect(() => withNamedSchemas(document)).toThrow('two different schemas have the title Size');
  });

  it('are told apart by the field whose value is another in each', () => {
    expect(unionOf(animal('Cat'), animal('Dog'))).toEqual({
      oneOf: [{ $ref: '#/components/schemas/Cat' }, { $ref: '#/components/schemas/Dog' }],
      discriminator: {
        propertyName: 'kind',
        mapping: { Cat: '#/components/schemas/Cat', Dog: '#/components/schemas/Dog' },
      },
    });
  });

  const closed = (name: string) => ({ ...animal(name, name), additionalProperties: false });
  it.each([
    ['values of different types', animal('Cat'), { type: 'string' }],
    ['objects that lack what the other requires', closed('Cat'), animal('Dog', 'Dog')],
    ['objects without names', { ...animal('Cat'), title: 7 }, { ...animal('Dog'), title: 7 }],
  ])('are a union of which one fits: %s', (_, one, other) => {
    expect(unionOf(one, other)).toHaveProperty('oneOf');
    expect(unionOf(one, other)).not.toHaveProperty('discriminator');
  });

  it.each([
    [
      'where one leaves out what tells them apart',
      animal('Cat'),
      { ...animal('Dog'), required: [] },
    ],
    ['where objects may have fields of each other', animal('Cat'), animal('Dog', 'type')],
    ['of integers and numbers', { type: 'integer' }, { type: 'number' }],
    ['of anything', animal('Cat'), {}],
  ])('stay a choice that several may fit: %s', (_, one, other) => {
    expect(unionOf(one, other)).toHaveProperty('anyOf');
    expect(unionOf(one, other)).not.toHaveProperty('oneOf');
  });
});

describe('shared responses', () => {
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/ErrorAnswer' } } };

  it('are said once, with the headers that go with the status', () => {
    const responses = {
      200: { description: 'Yes.', content },
      429: { description: 'Later.', content },
      503: { description: 'No.', content: { 'application/json': { schema: {} } } },
    };
    const shared = withSharedResponses({ paths: { a: { responses }, b: { responses } } });
    const expected = {
      ...responses,
      429: { $ref: '#/components/responses/TooManyRequests' },
    };
    expect(shared['paths']).toEqual({ a: { responses: expected }, b: { responses: expected } });
    expect(shared['components']).toMatchObject({
      responses: {
        TooManyRequests: {
          description: 'Later.',
          content,
          headers: { 'retry-after': {}, 'x-request-id': {} },
        },
      },
    });
  });
});

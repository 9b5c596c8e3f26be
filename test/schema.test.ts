import { describe, expect, it } from 'vitest';
import {
  Closed,
  compiledWhenUsed,
  invalidRequest,
  problemOf,
  unknownField,
} from '../src/schema.ts';
import { Type } from '../src/schema/builder.ts';

const Sgd = Type.Object({ name: Type.Literal('sgd'), rate: Type.Optional(Type.Number()) }, Closed);
const Step = Type.Object({ name: Type.Literal('step'), every: Type.Integer() }, Closed);
const RequestSchema = Type.Object(
  {
    epochs: Type.Integer({ minimum: 1 }),
    how: Type.Optional(Type.Union([Type.Literal('none'), Type.Literal('auto'), Sgd, Step])),
    column: Type.Optional(Type.Union([Type.String({ minLength: 1 }), Type.Integer()])),
    sizes: Type.Optional(Type.Array(Type.Object({ width: Type.Integer() }, Closed))),
    weights: Type.Optional(Type.Record(Type.String(), Type.Number())),
    data: Type.Optional(Type.Object({ uri: Type.String() }, Closed)),
    format: Type.Optional(Type.Enum(['csv', 'json'])),
  },
  Closed,
);

describe('the first problem of a value', () => {
  it.each([
    [{ epoch: 1 }, '/epoch', 'it has no field called "epoch"; did you mean "epochs"?'],
    [
      { colour: 1 },
      '/colour',
      'it has no field called "colour"; it takes epochs, how, column, sizes, weights, data, format',
    ],
    [{}, '/epochs', '"epochs" is missing'],
    [{ epochs: 'two' }, '/epochs', '"epochs" must be integer'],
    [{ epochs: 0 }, '/epochs', '"epochs" must be >= 1'],
    [7, '', 'it must be object'],
    [[], '', 'it must be object'],
    ['x', '', 'it must be object'],
    [{ epochs: 1, data: 'shapes' }, '/data', '"data" must be object, such as {"uri":"shapes"}'],
    [{ epochs: 1, data: 7 }, '/data', '"data" must be object'],
    [
      { epochs: 1, how: 'aut' },
      '/how',
      '"how" must be one of none, auto or of type object; did you mean auto?',
    ],
    [
      { epochs: 1, how: { name: 'sgd', rat: 1 } },
      '/how/rat',
      '"how" has no field called "rat"; did you mean "rate"?',
    ],
    [{ epochs: 1, how: { name: 'step' } }, '/how/every', '"how.every" is missing'],
    [
      { epochs: 1, how: { name: 'steps' } },
      '/how/name',
      '"how.name" must be one of sgd, step; did you mean step?',
    ],
    [{ epochs: 1, how: {} }, '/how/name', '"how.name" must be one of sgd, step'],
    [{ epochs: 1, column: true }, '/column', '"column" must be of type string or integer'],
    [{ epochs: 1, column: '' }, '/column', '"column" must not have fewer than 1 characters'],
    [
      { epochs: 1, sizes: [{ width: 1 }, { widht: 1 }] },
      '/sizes/1/widht',
      '"sizes.1" has no field called "widht"; did you mean "width"?',
    ],
    [{ epochs: 1, sizes: {} }, '/sizes', '"sizes" must be array'],
    [{ epochs: 1, weights: { 'a/b': '1' } }, '/weights/a~1b', '"weights.a/b" must be number'],
    [
      { epochs: 1, format: 'cvs' },
      '/format',
      '"format" must be one of csv, json; did you mean csv?',
    ],
  ])('of %j is at %s', (value, path, sentence) => {
    expect(problemOf(RequestSchema, value)).toMatchObject({ path, sentence });
  });

  it('lists what is accepted, and only then', () => {
    const { accepted, nearest } = problemOf(RequestSchema, { epochs: 1, formt: 'csv' });
    expect(accepted).toEqual(['epochs', 'how', 'column', 'sizes', 'weights', 'data', 'format']);
    expect(nearest).toBe('format');
    expect(Object.keys(problemOf(RequestSchema, { epochs: 'x' }))).toEqual(['sentence', 'path']);
  });
});

describe('an unknown field', () => {
  it('is escaped as in a JSON pointer, and cut where it is too long', () => {
    expect(unknownField({ 'a/b~c': 1 }, [], '/x')).toEqual({
      sentence: '"x" has no field called "a/b~c"; it takes none',
      path: '/x/a~1b~0c',
      accepted: [],
    });
    expect(unknownField({ ['n'.repeat(1_000_000)]: 1 }, ['name'])?.path).toHaveLength(101);
    expect(unknownField({ name: 1 }, ['name'])).toBeUndefined();
  });

  it.each([
    ['body', 'it has no field'],
    ['querystring', 'the query string has no field'],
    ['form', 'the form has no field'],
  ] as const)('of the %s is refused in its words', (part, words) => {
    const error = invalidRequest(part, unknownField({ topk: 1 }, ['topK'])!);
    expect(error).toMatchObject({
      code: 'GLIMPSE_INVALID_REQUEST',
      message: expect.stringContaining(`${words} called "topk"; did you mean "topK"?`),
      details: { in: part, path: '/topk', accepted: ['topK'], nearest: 'topK' },
    });
  });
});

describe('a check that is compiled when it is used', () => {
  it('is right for the first value as for the next, and costs nothing before', () => {
    let reads = 0;
    const schema = Object.defineProperty(Type.Object({ n: Type.Integer({ minimum: 1 }) }), 'type', {
      get: () => {
        reads += 1;
        return 'object';
      },
      enumerable: true,
    });
    const fits = compiledWhenUsed(schema);
    expect(reads).toBe(0);
    expect([{ n: 0 }, { n: 1 }, { n: 1.5 }, 'n'].map(fits)).toEqual([false, true, false, false]);
    expect(reads).toBeGreaterThan(0);
  });
});

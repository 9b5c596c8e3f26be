import type { Static, TSchema } from 'typebox';
import { Check, Compile, Errors } from 'typebox/schema';
import { errors, withDetails } from './errors.ts';
import { isRecord } from './json.ts';
import { nearest } from './nearest.ts';

/** The options of an object schema that has no other fields than its own. */
export const Closed = { additionalProperties: false };

/**
 * Whether a value fits the schema, by a check that is compiled when the first value comes: a program has a hundred schemas
 * and most of its runs meet a few of them.
 */
export function compiledWhenUsed<Schema extends TSchema>(
  schema: Schema,
): (value: unknown) => value is Static<Schema> {
  let compiled: { Check(value: unknown): boolean } | undefined;
  return (value): value is Static<Schema> => (compiled ??= Compile(schema)).Check(value);
}

/** The first thing wrong with a value. */
export interface Problem {
  /** In words a person can act on; `it` is the whole value. */
  readonly sentence: string;
  /** Where, as a JSON pointer: /optimizer/learningrate. */
  readonly path: string;
  /** The names or words that could stand there. */
  readonly accepted?: readonly string[];
  /** The one of them that was probably meant. */
  readonly nearest?: string;
}

/** Parts of a request as Fastify names them, and in words. */
const parts = {
  body: 'it',
  querystring: 'the query string',
  params: 'the path',
  headers: 'the headers',
  form: 'the form',
};
export type RequestPart = keyof typeof parts;

/** What is wrong with a part of a request, as GLIMPSE_INVALID_REQUEST with its place in the details. */
export function invalidRequest(part: RequestPart, { sentence, ...details }: Problem): Error {
  const words = sentence.replace(/^it /, `${parts[part]} `);
  return withDetails(new errors.GLIMPSE_INVALID_REQUEST(words), { in: part, ...details });
}

/** The first thing wrong with a value that does not fit its schema; `path` is where the value itself is. */
export function problemOf(schema: TSchema, value: unknown, path = ''): Problem {
  const { anyOf, properties, items } = fieldsOf(schema);
  if (Array.isArray(anyOf)) return problemOfUnion(anyOf, value, path);
  if (isRecord(properties) && isRecord(value)) {
    return problemOfObject(schema, properties, value, path) ?? otherProblem(schema, value, path);
  }
  if (isRecord(items) && Array.isArray(value)) {
    const index = value.findIndex((item) => !Check(items, item));
    if (index !== -1) return problemOf(items, value[index], `${path}/${index}`);
  }
  return otherProblem(schema, value, path);
}

/** The first unknown field of an object. */
export function unknownField(
  value: Readonly<Record<string, unknown>>,
  accepted: readonly string[],
  path = '',
): Problem | undefined {
  const name = Object.keys(value).find((key) => !accepted.includes(key));
  if (name === undefined) return undefined;
  const meant = nearest(brief(name), accepted);
  const help = meant === undefined ? listed(accepted) : `did you mean "${meant}"?`;
  return {
    sentence: `${subjectAt(path)} has no field called "${brief(name)}"; ${help}`,
    path: pointer(path, brief(name)),
    accepted,
    ...(meant !== undefined && { nearest: meant }),
  };
}

function problemOfObject(
  schema: TSchema,
  properties: Readonly<Record<string, unknown>>,
  value: Readonly<Record<string, unknown>>,
  path: string,
): Problem | undefined {
  const { additionalProperties, required } = fieldsOf(schema);
  const names = Object.keys(properties);
  const unknown = additionalProperties === false ? unknownField(value, names, path) : undefined;
  if (unknown) return unknown;
  const missing = textsIn(required).find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) {
    return {
      sentence: `${quoted(pointer(path, missing))} is missing`,
      path: pointer(path, missing),
    };
  }
  for (const name of names) {
    const [field, given] = [properties[name], value[name]];
    if (!Object.hasOwn(value, name) || !isRecord(field) || Check(field, given)) continue;
    return problemOf(field, given, pointer(path, name));
  }
  return undefined;
}

/** Of several forms that a value may have, the one it seems to be meant as is explained. */
function problemOfUnion(given: readonly TSchema[], value: unknown, path: string): Problem {
  const variants = given.flatMap(variantsOf);
  const ofItsType = variants.filter((variant) => isOfType(variant, value));
  const [only, ...others] = ofItsType;
  if (only !== undefined && others.length === 0) return problemOf(only, value, path);
  const key = isRecord(value) ? distinguishingField(ofItsType) : undefined;
  if (key === undefined || !isRecord(value)) {
    const types = variants.flatMap((variant) => textsIn([fieldsOf(variant)['type']]));
    return notAccepted(variants.flatMap(wordsOf), value, path, types);
  }
  const named = (variant: TSchema): string[] => wordsOf(fieldOf(variant, key));
  const chosen = ofItsType.find((variant) => named(variant).some((word) => word === value[key]));
  if (chosen !== undefined) return problemOf(chosen, value, path);
  return notAccepted(ofItsType.flatMap(named), value[key], pointer(path, key));
}

/** The forms of a form that is itself one of several. */
function variantsOf(schema: TSchema): readonly TSchema[] {
  const { anyOf } = fieldsOf(schema);
  // One of a few words is one form.
  if (!Array.isArray(anyOf) || wordsOf(schema).length > 0) return [schema];
  return anyOf.flatMap(variantsOf);
}

/** The field whose word tells several kinds of object apart: the name of an optimizer, the type of a layer. */
function distinguishingField(variants: readonly TSchema[]): string | undefined {
  const [first, ...others] = variants;
  const names = Object.keys(first === undefined ? {} : propertiesOf(first));
  return names.find((name) =>
    [first, ...others].every((one) => one !== undefined && wordsOf(fieldOf(one, name)).length > 0),
  );
}

/** It is none of a few words, nor of one of the types that would do as well. */
function notAccepted(
  accepted: readonly string[],
  value: unknown,
  path: string,
  types: readonly string[] = [],
): Problem {
  const meant = typeof value === 'string' ? nearest(brief(value), accepted) : undefined;
  const kinds = [...new Set(types)].filter((type) => type !== 'string' || accepted.length === 0);
  const choices = [
    ...(accepted.length > 0 ? [`one of ${accepted.join(', ')}`] : []),
    ...(kinds.length > 0 ? [`of type ${kinds.join(' or ')}`] : []),
  ];
  const help = meant === undefined ? '' : `; did you mean ${meant}?`;
  return {
    sentence: `${subjectAt(path)} must be ${choices.join(' or ')}${help}`,
    path,
    ...(accepted.length > 0 && { accepted }),
    ...(meant !== undefined && { nearest: meant }),
  };
}

/** What is wrong at the end of the path, in the words of the validator. */
function otherProblem(schema: TSchema, value: unknown, path: string): Problem {
  const words = wordsOf(schema);
  if (words.length > 0) return notAccepted(words, value, path);
  const [, [fault]] = Errors(schema, value);
  const pointer = `${path}${fault?.instancePath ?? ''}`;
  const sentence = `${subjectAt(pointer)} ${fault?.message ?? 'does not fit'}${wrapHint(schema, value)}`;
  return { sentence, path: pointer };
}

/** Text where an object belongs is mostly meant as its first field: "shapes" as {"uri": "shapes"}. */
function wrapHint(schema: TSchema, value: unknown): string {
  const [first] = Object.entries(propertiesOf(schema));
  if (typeof value !== 'string' || !isRecord(first?.[1])) return '';
  const [name, field] = first;
  return field['type'] === 'string' ? `, such as ${JSON.stringify({ [name]: brief(value) })}` : '';
}

/** The words that a schema of fixed words takes. */
function wordsOf(schema: TSchema): string[] {
  const { const: word, enum: words } = fieldsOf(schema);
  return textsIn([word, ...(Array.isArray(words) ? words : [])]);
}

function isOfType(schema: TSchema, value: unknown): boolean {
  if (wordsOf(schema).length > 0) return false;
  const { type } = fieldsOf(schema);
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isRecord(value);
  return type === 'integer' ? typeof value === 'number' : type === typeof value;
}

const fieldsOf = (schema: TSchema): Readonly<Record<string, unknown>> => ({ ...schema });
/** The fields of an object schema; another schema has none. */
export function propertiesOf(schema: TSchema): Readonly<Record<string, unknown>> {
  const { properties } = fieldsOf(schema);
  return isRecord(properties) ? properties : {};
}

const fieldOf = (schema: TSchema, name: string): TSchema => {
  const field = propertiesOf(schema)[name];
  return isRecord(field) ? field : {};
};
const textsIn = (values: unknown): string[] =>
  Array.isArray(values) ? values.filter((value) => typeof value === 'string') : [];

function subjectAt(path: string): string {
  return path === '' ? 'it' : quoted(path);
}

/** A JSON pointer as people write it: "optimizer.learningRate". */
function quoted(path: string): string {
  const names = path.slice(1).split('/');
  return `"${names.map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~')).join('.')}"`;
}

function pointer(path: string, name: string): string {
  return `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'it takes none' : `it takes ${names.join(', ')}`;
}

/** Names that a caller made up may be of any length. */
function brief(name: string): string {
  return name.slice(0, 100);
}

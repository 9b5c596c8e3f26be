import type { FastifyInstance, FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { errors } from '../errors.ts';
import { isRecord } from '../json.ts';
import {
  Closed,
  compiledWhenUsed,
  invalidRequest,
  problemOf,
  propertiesOf,
  type RequestPart,
} from '../schema.ts';
import { Type } from '../schema/builder.ts';

/**
 * Checks one part of a request against its schema, and refuses it with an error of ours. A body is checked as it is;
 * the text of a query, a path or a header becomes the number or boolean that its schema asks for.
 */
const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const part = partOf(httpPart);
  const fits = compiledWhenUsed(schema);
  let mayBeEmpty = false;
  return (value: unknown) => {
    // Most calls have no query: that it fits has to be found out once.
    if (mayBeEmpty && isEmpty(value)) return { value };
    const converted = part === 'body' ? value : convertText(schema, value);
    if (!fits(converted)) return { error: refusalOf(part, schema, converted) };
    mayBeEmpty ||= part !== 'body' && isEmpty(value);
    return { value: converted };
  };
};

function isEmpty(fields: unknown): boolean {
  return isRecord(fields) && Object.keys(fields).length === 0;
}

/** An application created with this loads no validator and no serializer of Fastify's: `useCompilers` names ours. */
export const schemaController = {
  compilersFactory: { buildValidator: unnamed, buildSerializer: unnamed },
};

function unnamed(): never {
  throw new Error('an application has no compilers for its schemas: this is our bug');
}

/** Has requests checked by `validatorCompiler`. Response schemas are for the contract only: what the handlers return is sent whole. */
export function useCompilers(app: FastifyInstance): void {
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(() => JSON.stringify);
}

/** Converts the texts of a query, a path or headers to the types of their schema; what does not convert stays text. */
function convertText(schema: TSchema, fields: unknown): unknown {
  if (!isRecord(fields)) return fields;
  const properties = propertiesOf(schema);
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
      return [name, typeof value === 'string' ? (convertValue(known, value) ?? value) : value];
    }),
  );
}

/** Undefined when the text does not convert: 1.5 is no integer, and an empty text is no number. */
function convertValue(schema: unknown, text: string): number | boolean | undefined {
  const type = isRecord(schema) ? schema['type'] : undefined;
  if (type === 'integer' && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (type !== 'boolean') return undefined;
  if (/^(true|1)$/i.test(text)) return true;
  return /^(false|0)$/i.test(text) ? false : undefined;
}

/** Skips these parts of a request, for routes that read them themselves with errors of their own. */
export function unchecked(...parts: ('body' | 'headers')[]): FastifySchemaCompiler<TSchema> {
  return (route) =>
    parts.some((one) => one === route.httpPart) ? () => true : validatorCompiler(route);
}

/** Routes registered afterwards accept only the query parameters that their schema names, and none without a schema. */
export function refuseUnknownParameters(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const known: unknown = route.schema?.querystring ?? Type.Object({});
    if (!isRecord(known) || known['type'] !== 'object')
      throw new Error(`${route.url}: not an object`);
    route.schema = { ...route.schema, querystring: { ...known, ...Closed } };
  });
}

function partOf(httpPart: string | undefined): RequestPart {
  return httpPart === 'querystring' || httpPart === 'params' || httpPart === 'headers'
    ? httpPart
    : 'body';
}

/** Names in the path have an error of their own, the same as wherever else a name is refused. */
function refusalOf(part: RequestPart, schema: TSchema, value: unknown): Error {
  const problem = problemOf(schema, value);
  const name = problem.path.slice(1);
  if (part === 'params' && isRecord(value) && ['model', 'label', 'name'].includes(name)) {
    return new errors.GLIMPSE_BAD_NAME(name, String(value[name]).slice(0, 100));
  }
  return invalidRequest(part, problem);
}

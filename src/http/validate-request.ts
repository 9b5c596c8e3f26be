import type { FastifyInstance, FastifySchemaCompiler } from 'fastify';
import { Type, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Value } from 'typebox/value';
import { errors } from '../errors.ts';
import { isRecord } from '../json.ts';
import { Closed, invalidRequest, problemOf, type RequestPart } from '../schema.ts';

/**
 * Checks one part of a request against its schema, and refuses it in our words. A body is taken as it is; the text
 * of a query, a path or a header becomes the number or boolean that its schema asks for.
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const part = partOf(httpPart);
  const compiled = Compile(schema);
  return (value: unknown) => {
    const converted = part === 'body' ? value : Value.Convert(schema, value);
    return compiled.Check(converted)
      ? { value: converted }
      : { error: refusalOf(part, schema, converted) };
  };
};

/** For calls that read these parts of a request themselves, with errors of their own. */
export function unchecked(...parts: ('body' | 'headers')[]): FastifySchemaCompiler<TSchema> {
  return (route) =>
    parts.some((one) => one === route.httpPart) ? () => true : validatorCompiler(route);
}

/** From here on a call takes no query parameters but those its schema names, and none if there is no schema. */
export function refuseUnknownParameters(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const known: unknown = route.schema?.querystring ?? Type.Object({});
    if (!isRecord(known) || !Type.IsObject(known)) throw new Error(`${route.url}: not an object`);
    route.schema = { ...route.schema, querystring: Type.Object(known.properties, Closed) };
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

import type { FastifySchema, RouteOptions } from 'fastify';
import { isRecord } from '../../json.ts';
import { guardStatuses } from '../access/guard.ts';
import type { RouteAccess } from '../access/route-access.ts';
import { errorResponsesAs } from '../schemas.ts';

/** The ways to say who is calling; src/access/credentials.ts reads them. */
export const securitySchemes = {
  apiKey: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Api-Key',
    description: 'A key of this server; glimpse keys create makes one.',
  },
  bearerKey: {
    type: 'http',
    scheme: 'bearer',
    description: 'The same key in the header authorization.',
  },
  bearerToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'A token of the issuer that this server trusts (GLIMPSE_JWT_ISSUER).',
  },
} as const;

type Security = Readonly<Record<string, readonly string[]>>;

/** One of them is enough. */
const credentials: readonly Security[] = Object.keys(securitySchemes).map((name) => ({
  [name]: [],
}));

/** Every call can be malformed, late, expect too much, have too large headers, and meet a fault of ours. */
const statusesOfAll = [400, 408, 417, 431, 500];

/** A body can be too large or of an unaccepted type also where the route ignores it. */
const statusesOfBodies = [413, 415];

/**
 * The description of a call with what is not the call's own: which credentials it takes, what the guard may refuse it
 * with, and the errors of every call.
 */
export function withAccess(schema: FastifySchema, { method, config }: RouteOptions): FastifySchema {
  const access = config?.access;
  if (access === undefined || 'hide' in schema) return schema;
  const hasBody = [method].flat().some((one) => one !== 'GET' && one !== 'HEAD');
  const statuses = [
    ...statusesOfAll,
    ...(hasBody ? statusesOfBodies : []),
    ...guardStatuses(access),
  ];
  const own = isRecord(schema.response) ? schema.response : {};
  const errorsOf = errorResponsesAs(config?.errorSchema ?? 'ErrorAnswer');
  return {
    ...schema,
    security: securityOf(access),
    response: { ...errorsOf(...statuses), ...own },
  };
}

/** Predictions may be open to everybody: without keys, and by a setting. */
function securityOf(access: RouteAccess): readonly Security[] {
  if (access === 'open') return [];
  return access === 'predict' ? [...credentials, {}] : credentials;
}

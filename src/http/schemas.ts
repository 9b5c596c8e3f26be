import type { FastifyInstance } from 'fastify';
import type { TSchema, TUnsafe } from 'typebox';
import { Type } from '../schema/builder.ts';

/** One of some strings; written as an enum, which every generator of clients understands. */
export function oneOf<const Word extends string>(
  options: readonly Word[],
  description: string,
  title?: string,
): TUnsafe<Word> {
  const named = title === undefined ? {} : { title };
  return Type.Unsafe<Word>({ type: 'string', enum: [...options], description, ...named });
}

/** For the contract: a value that fits one of these and no other, which the schemas alone do not prove. */
export function exactlyOne(
  choices: readonly TSchema[],
  options: { readonly title: string; readonly description: string },
): TUnsafe {
  return Type.Unsafe({ oneOf: choices, ...options });
}

/** Shapes shared by the routes, and so by openapi.yaml. */
const HealthSchema = Type.Object(
  {
    status: oneOf(['ok', 'unavailable'], 'ok with 200, unavailable with 503.'),
    version: Type.String({ description: 'The release of Glimpse.' }),
    reasons: Type.Optional(
      Type.Array(Type.String(), { description: 'What keeps it from being ready, or is wrong.' }),
    ),
  },
  { $id: 'Health' },
);

const ErrorBodySchema = Type.Object(
  {
    code: Type.String({ description: 'Never renamed or reused; docs/errors.md lists them all.' }),
    message: Type.String(),
    details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  },
  { $id: 'ErrorBody' },
);

const ErrorResponseSchema = Type.Object(
  { error: reference('ErrorBody'), requestId: Type.String() },
  { $id: 'ErrorAnswer' },
);

/** A whole number in a query, a path or a header, whose text may have fifteen digits. */
export const numberInText = (minimum: number, description: string) =>
  Type.Integer({ minimum, maximum: 999_999_999_999_999, description });

/** The form of every name in an address: models, labels. */
const Name = (description: string) =>
  Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$', description });

const model = Name('A model of the repository.');
export const ModelParamsSchema = Type.Object({ model });
export const VersionParamsSchema = Type.Object({
  model,
  version: numberInText(1, 'A version of the model.'),
});
export const LabelParamsSchema = Type.Object({ model, label: Name('A label of the model.') });

export const JobParamsSchema = Type.Object({
  id: Type.String({ maxLength: 64, description: 'A job.' }),
});

/** What a call is called by generated clients, and what it is for. */
export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
}

/** A reference to a shared shape, by its `$id`. */
export function reference(id: string, description?: string): TUnsafe {
  return Type.Unsafe({ $ref: `${id}#`, ...(description !== undefined && { description }) });
}

/** A response that is text, not JSON, with its content type. */
export function textResponse(contentType: string, description: string): object {
  return { description, content: { [contentType]: { schema: Type.String() } } };
}

/** What each error status is called in the contract, and what it means. */
export const errorMeanings: Readonly<Record<number, { name: string; description: string }>> = {
  400: { name: 'BadRequest', description: 'Malformed, or not what the schema says.' },
  401: {
    name: 'Unauthorized',
    description: 'Who is calling is not known: no credential, or one that is not taken.',
  },
  403: { name: 'Forbidden', description: 'The caller may not do this, or not from there.' },
  404: {
    name: 'NotFound',
    description: 'There is no such model, version, label, job or dataset, or not on this port.',
  },
  406: { name: 'NotAcceptable', description: 'None of the types of the answer is taken.' },
  408: { name: 'RequestTimeout', description: 'The request did not arrive whole in time.' },
  409: {
    name: 'Conflict',
    description: 'In conflict with what somebody else did, or with what is.',
  },
  413: { name: 'ContentTooLarge', description: 'Too many bytes or images.' },
  415: {
    name: 'UnsupportedMediaType',
    description: 'A content type or image format that is not taken.',
  },
  417: {
    name: 'ExpectationFailed',
    description: 'The header expect asks for something but 100-continue.',
  },
  422: { name: 'UnprocessableContent', description: 'Readable, but not usable.' },
  429: {
    name: 'TooManyRequests',
    description:
      'Too much is waiting already, or a budget is used up; retry-after says when to come back.',
  },
  431: { name: 'RequestHeaderFieldsTooLarge', description: 'More than 16 KiB of headers.' },
  500: {
    name: 'InternalServerError',
    description: 'A fault of the server; the log has it under the request id.',
  },
  503: { name: 'ServiceUnavailable', description: 'Not loaded, or shutting down.' },
  504: { name: 'GatewayTimeout', description: 'Not ready within the deadline.' },
};

/** The error responses of a call, by status; the contract adds those that every call may have. */
export function errorResponses(...statuses: number[]): Record<number, TSchema> {
  return errorResponsesAs('ErrorAnswer')(...statuses);
}

/** The same with bodies of another schema. */
export function errorResponsesAs(id: string): typeof errorResponses {
  return (...statuses) =>
    Object.fromEntries(
      statuses.map((status) => [status, reference(id, errorMeanings[status]?.description)]),
    );
}

export function addSharedSchemas(app: FastifyInstance, schemas: readonly TSchema[]): void {
  for (const schema of [HealthSchema, ErrorBodySchema, ErrorResponseSchema, ...schemas]) {
    app.addSchema(schema);
  }
}

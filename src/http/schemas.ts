import type { FastifyInstance } from 'fastify';
import { Type, type TUnsafe } from 'typebox';

/** Shapes shared by the routes, and so by openapi.yaml. */
export const HealthSchema = Type.Object(
  {
    status: Type.Union([Type.Literal('ok'), Type.Literal('unavailable')]),
    version: Type.String({ description: 'The release of Glimpse.' }),
    reasons: Type.Optional(
      Type.Array(Type.String(), { description: 'What keeps it from being ready, or is wrong.' }),
    ),
  },
  { $id: 'Health' },
);

export const ErrorAnswerSchema = Type.Object(
  {
    error: Type.Object({
      code: Type.String({ description: 'Never renamed or reused; docs/errors.md lists them all.' }),
      message: Type.String(),
      details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    }),
    requestId: Type.String(),
  },
  { $id: 'ErrorAnswer' },
);

/** A reference to a shape of this file, by its `$id`. */
export function reference(id: 'Health' | 'ErrorAnswer'): TUnsafe {
  return Type.Unsafe({ $ref: `${id}#` });
}

export function addSharedSchemas(app: FastifyInstance): void {
  app.addSchema(HealthSchema);
  app.addSchema(ErrorAnswerSchema);
}

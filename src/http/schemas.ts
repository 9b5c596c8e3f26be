import type { FastifyInstance } from 'fastify';
import { Type, type TSchema, type TUnsafe } from 'typebox';

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

export const ErrorBodySchema = Type.Object(
  {
    code: Type.String({ description: 'Never renamed or reused; docs/errors.md lists them all.' }),
    message: Type.String(),
    details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  },
  { $id: 'ErrorBody' },
);

export const ErrorAnswerSchema = Type.Object(
  { error: reference('ErrorBody'), requestId: Type.String() },
  { $id: 'ErrorAnswer' },
);

/** The form of every name in an address: models, labels. */
const Name = (description: string) =>
  Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$', description });

const model = Name('A model of the repository.');
export const ModelParamsSchema = Type.Object({ model });
export const VersionParamsSchema = Type.Object({ model, version: Type.Integer({ minimum: 1 }) });
export const LabelParamsSchema = Type.Object({ model, label: Name('A label of the model.') });

/** A reference to a shared shape, by its `$id`. */
export function reference(id: string): TUnsafe {
  return Type.Unsafe({ $ref: `${id}#` });
}

/** The error answers a call may give, by status. */
export function errorAnswers(...statuses: number[]): Record<number, TSchema> {
  return Object.fromEntries(statuses.map((status) => [status, reference('ErrorAnswer')]));
}

export function addSharedSchemas(app: FastifyInstance, schemas: readonly TSchema[]): void {
  for (const schema of [HealthSchema, ErrorBodySchema, ErrorAnswerSchema, ...schemas]) {
    app.addSchema(schema);
  }
}

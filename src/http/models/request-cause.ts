import type { FastifyRequest } from 'fastify';
import type { Registry } from '../../registry/registry.ts';

type Cause = NonNullable<Parameters<Registry['setLabel']>[0]['cause']>;

/** Who makes a change by a request, and why, for the history of a model. */
export function causeOf({ caller }: FastifyRequest, why: string | undefined): Cause {
  const { kind, id, name } = caller;
  const named = name === id ? {} : { name };
  return { by: { kind, id: id.slice(0, 200), ...named }, ...(why !== undefined && { why }) };
}

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { unidentifiedCaller, type Caller } from '../../access/caller.ts';
import type { AuditLog } from '../../access/audit-log.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What a call changed, for the audit log; set by routes that change something. */
    auditedChange: { readonly from?: unknown; readonly to?: unknown } | undefined;
  }
}

const changingMethods = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/**
 * Writes a line for every call that changes something or takes a model along, or tried to and was refused: who, what,
 * from where, from, to.
 * Predictions change nothing. A line that cannot be written is reported to `onProblem`; the call stands.
 */
export function installAudit(
  app: FastifyInstance,
  audit: AuditLog,
  onProblem: (error: unknown) => void,
): void {
  app.decorateRequest('auditedChange', undefined);
  app.addHook('onResponse', (request, reply, done) => {
    // The line is written behind the response, and nobody waits for it.
    if (isAudited(request)) void write(request, reply);
    done();
  });
  const write = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    // A hook before the guard may have refused it.
    const caller: Caller | undefined = request.caller;
    const { kind, id, name } = caller ?? unidentifiedCaller;
    const { params, auditedChange } = request;
    const model =
      typeof params === 'object' && params && 'model' in params ? params.model : undefined;
    await audit
      .write({
        action: `${request.method} ${request.routeOptions.url ?? ''}`,
        caller: { kind, id, name },
        address: request.socket.remoteAddress ?? '',
        requestId: request.id,
        status: reply.statusCode,
        ...(typeof model === 'string' && { model }),
        code: request.refusal?.code,
        ...auditedChange,
      })
      .catch(onProblem);
  };
}

function isAudited(request: FastifyRequest): boolean {
  const { access } = request.routeOptions.config;
  return (
    access !== undefined &&
    access !== 'open' &&
    access !== 'predict' &&
    (changingMethods.has(request.method) || access === 'export')
  );
}

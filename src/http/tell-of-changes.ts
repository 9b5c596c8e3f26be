import type { FastifyInstance } from 'fastify';
import { isRecord } from '../json.ts';

/** What a call has changed, as far as others have to do the same to follow. */
export interface Change {
  readonly how: 'load' | 'unload' | 'refresh' | 'other';
  readonly model: string | undefined;
  readonly version: number | undefined;
}

export type OnChanged = (change: Change) => Promise<void>;

const scopes = new Set(['release', 'admin']);

/**
 * Whoever has changed a model and asks again must not be answered by a process that has not heard of it: the others are
 * told, and have followed, before the call is answered.
 */
export function tellOfChanges(app: FastifyInstance, onChanged: OnChanged): void {
  app.addHook('onSend', async (request, reply) => {
    const { url = '', config } = request.routeOptions;
    const isOfModel = url.startsWith('/models/') || url.startsWith('/v2/repository/models/');
    const isChange = isOfModel && request.method !== 'GET' && request.method !== 'HEAD';
    if (!isChange || !scopes.has(String(config.access)) || reply.statusCode >= 400) return;
    const { model, version } = isRecord(request.params) ? request.params : {};
    await onChanged({
      how: howOf(url),
      model: typeof model === 'string' ? model : undefined,
      version: version === undefined ? undefined : Number(version),
    });
  });
}

function howOf(url: string): Change['how'] {
  const word = url.slice(url.lastIndexOf('/') + 1);
  return word === 'load' || word === 'unload' || word === 'refresh' ? word : 'other';
}

import type { FastifyRequest } from 'fastify';
import type { Arrival, Arrivals } from '../../admission/arrivals.ts';
import type { RequestAccount } from '../../admission/ledger.ts';
import type { RefusalPace } from '../../admission/refusal-pace.ts';
import type { Registry } from '../../registry/registry.ts';
import type { PredictRequest } from '../../serving/predictor.ts';
import { takeCrowded } from '../connections/reading-turns.ts';
import { mediaTypeOf } from './image-body.ts';

export interface AdmittingOptions {
  readonly arrivals: Arrivals;
  readonly queues: Registry['queues'];
  readonly refusals: RefusalPace;
}

/**
 * Lets a request in by what its head says, before anything of its body is looked at. A connection whose request is refused is
 * read again in its turn, like those that send large bodies: who asks again at once leaves time for what was let in.
 */
export function admitRequest(
  { arrivals, queues, refusals }: AdmittingOptions,
  { headers, raw }: Pick<FastifyRequest, 'headers' | 'raw'>,
  { model, selector }: Pick<PredictRequest, 'model' | 'selector'>,
  { flow, deadline }: Pick<RequestAccount, 'flow' | 'deadline'>,
): Arrival | Promise<Arrival> {
  const length = headers['content-length'];
  const isPacked = headers['content-encoding'] !== undefined;
  const type = mediaTypeOf(headers['content-type'] ?? '');
  try {
    return arrivals.admit({
      model,
      queues: queues(model, selector),
      flow,
      deadline,
      form: formOf(type),
      bytes: length === undefined || isPacked ? undefined : Number(length),
    });
  } catch (refusal) {
    takeCrowded(raw, 'refused');
    const turn = refusals.take();
    if (!turn) throw refusal;
    return turn.then(() => {
      throw refusal;
    });
  }
}

/** Of one form bodies are alike in bytes for each of their images; everything else is one image. */
function formOf(mediaType: string): 'json' | 'form' | 'image' {
  if (mediaType === 'multipart/form-data') return 'form';
  return mediaType === 'application/json' || mediaType.endsWith('+json') ? 'json' : 'image';
}

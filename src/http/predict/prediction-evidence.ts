import type { FastifyReply } from 'fastify';
import { predictionId } from '../../evidence/prediction-id.ts';
import { provenanceRecord } from '../../evidence/provenance-record.ts';
import type { PredictResult } from '../../serving/predictor.ts';

/** How long each stage took, in milliseconds, until there was something to write down. */
export interface Stages {
  readonly receive: number;
  readonly decode: number;
  readonly queue: number;
  readonly infer: number;
}

/** Names the call, what answered it, and its batches as a list of RFC 9651; server-timing stands beside them. */
export function setEvidenceHeaders(
  reply: FastifyReply,
  { id, modelDigest, preprocessingDigest, batches }: PredictResult['evidence'],
): void {
  void reply
    .header('glimpse-prediction-id', id)
    .header('glimpse-model-digest', modelDigest)
    .header('glimpse-preprocessing-digest', preprocessingDigest);
  // Without a usable image there was no batch, and a list of RFC 9651 without members has no header.
  let shares = '';
  for (const { id: batch, size, items } of batches) {
    shares += `${shares === '' ? '' : ', '}${batch};size=${size};items=${items}`;
  }
  if (shares !== '') void reply.header('glimpse-batch', shares);
}

/** The same for the body, image by image: what `PredictionEvidence` of the contract says. */
export function evidenceBody(
  {
    inputs,
    evidence: { id, modelDigest, preprocessingDigest, batches },
  }: Pick<PredictResult, 'inputs' | 'evidence'>,
  milliseconds: Stages,
) {
  const usable = batches.flatMap((batch) => {
    const share = { id: batch.id, size: batch.size };
    return Array.from({ length: batch.items }, () => share);
  });
  let next = 0;
  const images = inputs.map((input, index) => {
    const own = { id: predictionId(id, index) };
    if (!input) return own;
    next += 1;
    return { ...own, batch: usable[next - 1]!, provenance: provenanceRecord(input.provenance) };
  });
  const rounded = Object.entries(milliseconds).map(([stage, ms]) => [stage, round(ms)]);
  return {
    id,
    modelDigest,
    preprocessingDigest,
    milliseconds: Object.fromEntries(rounded),
    images,
  };
}

/** To the microsecond: what is beyond is noise. */
function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

import type { Provenance, ProvenanceMark } from '../image/provenance.ts';

/** A provenance in the words of responses and of the prediction log. */
export type ProvenanceRecord = Pick<Provenance, 'format' | 'enlarged'> &
  Readonly<Record<Exclude<ProvenanceMark, 'enlarged'>, boolean>>;

export function provenanceRecord(provenance: Provenance): ProvenanceRecord {
  const { format, isDamaged, hasProfile, isFlattened, enlarged, isCropped } = provenance;
  const marks = { damaged: isDamaged, icc: hasProfile, alpha: isFlattened };
  return { format, ...marks, enlarged: Math.round(enlarged * 1000) / 1000, cropped: isCropped };
}

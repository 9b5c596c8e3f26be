import type { Static } from 'typebox';
import { Check } from 'typebox/schema';
import { Type } from '../../schema/builder.ts';
import { predictionId } from '../prediction-id.ts';
import type { PredictedCall, PredictedImage } from '../predicted-call.ts';
import { provenanceRecord } from '../provenance-record.ts';

const optional = Type.Optional;

/** One line of the log. Nothing in it is of the caller: no key, no address, no header. */
export const LogLineSchema = Type.Object({
  id: Type.String(),
  time: Type.String(),
  model: Type.String(),
  version: Type.Integer({ minimum: 1 }),
  class: optional(Type.String()),
  score: optional(Type.Number()),
  warnings: optional(Type.Array(Type.String())),
  provenance: optional(Type.Record(Type.String(), Type.Unknown())),
  brightness: optional(Type.Number()),
  contrast: optional(Type.Number()),
  modelDigest: optional(Type.String()),
  preprocessingDigest: optional(Type.String()),
  image: optional(Type.String({ description: 'SHA-256 of the kept file.' })),
});
export type LogLine = Static<typeof LogLineSchema>;

/** What a setting may leave out of every line; the rest is what a line is found by. */
export const redactableFields = [
  'class',
  'score',
  'warnings',
  'provenance',
  'brightness',
  'contrast',
  'modelDigest',
  'preprocessingDigest',
] as const;
export type RedactableField = (typeof redactableFields)[number];

export function isRedactable(name: string): name is RedactableField {
  return redactableFields.some((field) => field === name);
}

/** The line of one image of a call, without what is to be left out. */
export function lineOf(
  { id, manifest, digests }: PredictedCall,
  image: PredictedImage,
  time: number,
  redacted: ReadonlySet<RedactableField>,
): LogLine {
  const fields: Required<Pick<LogLine, Exclude<RedactableField, 'contrast'>>> = {
    class: image.label,
    score: image.score,
    warnings: [...image.warnings],
    provenance: { ...provenanceRecord(image.provenance) },
    brightness: image.brightness,
    modelDigest: digests.model,
    preprocessingDigest: digests.preprocessing,
  };
  const { contrast } = image;
  const all = { ...fields, ...(contrast !== undefined && { contrast }) };
  const shown = Object.entries(all).filter(([name]) => !isRedactable(name) || !redacted.has(name));
  return {
    id: predictionId(id, image.index),
    time: new Date(time).toISOString(),
    model: manifest.model,
    version: manifest.version,
    ...Object.fromEntries(shown),
  };
}

/** The lines of an object; a line that is none, because somebody else wrote or cut it, is passed over. */
export function parseLines(bytes: Uint8Array): LogLine[] {
  return Buffer.from(bytes)
    .toString('utf8')
    .split('\n')
    .flatMap((text) => {
      try {
        const value: unknown = JSON.parse(text);
        return Check(LogLineSchema, value) ? [value] : [];
      } catch {
        return [];
      }
    });
}

import type { DatasetStream } from '../../datasets/streaming/stream-dataset.ts';
import { sha256 } from '../../repository/digest.ts';
import type { BatchPredictor } from './batch-predictor.ts';
import { MANIFEST } from './output-folder.ts';
import type { Part, PredictionManifest, PredictOutcome } from './predict-events.ts';
import type { ResolvedPredictRequest } from './predict-request.ts';

/** What is known of what was read. */
interface InputFacts extends Pick<DatasetStream, 'format' | 'listing'> {
  readonly notes: readonly string[];
}

/** The manifest of predictions, of which all parts are written. */
export function describePredictions(
  { model, version, dataset, format, topK }: ResolvedPredictRequest,
  digests: BatchPredictor['digests'],
  { format: inputFormat, listing, notes }: InputFacts,
  parts: readonly Part[],
): PredictionManifest {
  const { uri } = dataset;
  const inputDigests = parts.map(({ inputDigest }) => `${inputDigest}\n`).join('');
  return {
    formatVersion: 1,
    createdAt: new Date().toISOString(),
    model,
    version,
    modelDigest: digests.model,
    preprocessingDigest: digests.preprocessing,
    input: {
      ...(uri !== undefined && { uri }),
      format: inputFormat,
      listing,
      digest: `sha256:${sha256(inputDigests)}`,
    },
    format,
    topK,
    rows: parts.reduce((all, { rows }) => all + rows, 0),
    errors: parts.reduce((all, { errors }) => all + errors, 0),
    classes: sumOf(parts.map(({ classes }) => classes)),
    codes: sumOf(parts.map(({ codes }) => codes)),
    parts: [...parts],
    notes: [...notes],
  };
}

/** What a run tells of the predictions that a manifest describes. */
export function outcomeOf(
  manifest: PredictionManifest,
  out: string,
  seconds: number,
  notes: readonly string[],
): PredictOutcome {
  const { formatVersion: _, createdAt: __, notes: ___, parts, ...told } = manifest;
  const predicted = { out, manifest: MANIFEST, ...told, parts: parts.length };
  return { predicted, timings: { predict: seconds }, notes: [...notes] };
}

function sumOf(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums = new Map<string, number>();
  for (const counts of all) {
    for (const [key, count] of Object.entries(counts)) sums.set(key, (sums.get(key) ?? 0) + count);
  }
  const sorted = [...sums].sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(sorted);
}

import { randomUUID } from 'node:crypto';
import { errors, isGlimpseError, withDetails } from '../../errors.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';
import { claimedBefore, claimVersion, readOurManifest, writeManifest } from './claim-version.ts';
import {
  decidePublication,
  noteDone,
  readDecision,
  type DecidedVersion,
} from './decide-publication.ts';
import { readManifest } from '../read-manifest.ts';
import { readMark } from '../deletion-mark.ts';
import { describeFiles, writeFiles } from '../draft-files.ts';
import { jsonBytes } from '../json-bytes.ts';
import { changeLabels, checkLabelRoom } from '../labels.ts';
import { parseManifest } from '../manifest-check.ts';
import type { Manifest, ManifestFile } from '../manifest.ts';
import { checkLabel, checkName, isModelName, latestLabel } from '../names.ts';
import { versionKey } from '../names.ts';
import type { LabelChange, Publication, VersionDraft } from '../repository.ts';

export interface Publishing {
  readonly store: ArtifactStore;
  readonly maxArtifactBytes: number;
  /** How many models there may be; a version of a further one is refused. */
  readonly maxModels: number;
  readonly now: () => Date;
  /** Told of the label of a draft that points at its version now. */
  readonly onMoved: (change: LabelChange, before: number | undefined) => Promise<void>;
}

/**
 * Claim, files, manifest, labels, in this order: a crash at any point leaves either no version or a
 * whole one. A claim that never got its manifest is skipped over; its number is not used again, but by the
 * publication that has claimed it, when that one is tried again.
 */
export async function publishVersion(
  publishing: Publishing,
  draft: VersionDraft,
  signal?: AbortSignal,
  publication: Publication = { writerId: randomUUID() },
): Promise<Manifest> {
  if (draft.label !== undefined) checkLabel(draft.label);
  await checkRoom(publishing, draft.model, draft.label === undefined ? [] : [draft.label], signal);
  const { store, maxArtifactBytes, now, onMoved } = publishing;
  const { writerId } = publication;
  const subject = `the new version of ${draft.model}`;
  const files = await describeFiles(draft.files, { maxBytes: maxArtifactBytes, subject, signal });
  const bytesOf = (version: number): Uint8Array =>
    serialise(draft, { version, writerId, files, createdAt: now().toISOString() });
  // A draft that no reader would accept is refused before it takes a number.
  parseManifest(bytesOf(1), draft.model, 1);

  const decided =
    (publication.once === undefined
      ? undefined
      : await readDecision(store, publication.once, signal)) ??
    (await writeDraft(publishing, draft, { files, bytesOf }, publication, signal));
  const { model, label, cause } = draft;
  const { version, manifest } = decided;
  if (manifest === undefined) return readManifest(store, model, version, signal);
  const written = await writeManifest(store, model, { ...decided, manifest }, signal);
  const pointed = await moveLabels(store, draft, version, signal);
  if (label !== undefined) {
    await onMoved({ model, label, version, ...(cause && { cause }) }, pointed);
  }
  if (publication.once !== undefined) {
    await noteDone(store, publication.once, model, decided, signal);
  }
  return parseManifest(written, model, version);
}

/** Claims a number for a draft and writes its files; where others may try the same, decides whose version it is. */
async function writeDraft(
  { store, now }: Publishing,
  { model, files }: VersionDraft,
  described: { readonly files: ManifestFile[]; readonly bytesOf: (version: number) => Uint8Array },
  publication: Publication,
  signal?: AbortSignal,
): Promise<DecidedVersion> {
  const { writerId, once } = publication;
  const version =
    (await claimedBefore(store, model, publication, signal)) ??
    (await claimVersion(store, model, writerId, now(), signal));
  await publication.onClaimed?.(version);
  const before =
    publication.claimed === version
      ? await readOurManifest(store, model, version, writerId, signal)
      : undefined;
  if (before) return { version, writerId, manifest: before };
  const keyOf = (path: string): string => versionKey(model, version, path);
  await writeFiles(store, files, { files: described.files, keyOf }, signal);
  const mine = { version, writerId, manifest: described.bytesOf(version) };
  return once === undefined ? mine : decidePublication(store, once, model, mine, signal);
}

/**
 * Whether there is room for another version of a model. GLIMPSE_BAD_NAME, GLIMPSE_TOO_MANY_MODELS for a model that
 * is not there yet, GLIMPSE_TOO_MANY_LABELS for labels that it does not have yet.
 */
export async function checkRoom(
  { store, maxModels }: Pick<Publishing, 'store' | 'maxModels'>,
  model: string,
  labels: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  checkName('model name', model);
  if (await readMark(store, model, signal)) throw new errors.GLIMPSE_MODEL_DELETED(model);
  const isNew = (await store.folders(model, signal)).length === 0;
  if (isNew) {
    const models = (await store.folders('', signal)).filter(isModelName);
    if (models.length >= maxModels && !models.includes(model)) {
      throw new errors.GLIMPSE_TOO_MANY_MODELS(models.length, model);
    }
  }
  if (labels.length > 0) await checkLabelRoom(store, model, labels, signal);
}

function serialise(
  draft: VersionDraft,
  own: Pick<Manifest, 'version' | 'writerId' | 'files' | 'createdAt'>,
): Uint8Array {
  // Field by field: a caller's object may carry more than a draft has, and key order is what people read.
  const manifest: Manifest = {
    formatVersion: 1,
    model: draft.model,
    version: own.version,
    createdAt: own.createdAt,
    writerId: own.writerId,
    runtime: draft.runtime,
    entry: draft.entry,
    files: own.files,
    signature: draft.signature,
    preprocessing: draft.preprocessing,
    ...(draft.gate && { gate: draft.gate }),
    ...(draft.baseline && { baseline: draft.baseline }),
    ...(draft.quantisation && { quantisation: draft.quantisation }),
    ...(draft.keptExamples && { keptExamples: draft.keptExamples }),
    golden: draft.golden,
    lineage: draft.lineage,
    metrics: draft.metrics,
  };
  return jsonBytes(manifest);
}

/**
 * The version that its label pointed at before. The new one is there already: when its labels cannot be moved, the
 * error says so.
 */
async function moveLabels(
  store: ArtifactStore,
  { model, label }: VersionDraft,
  version: number,
  signal?: AbortSignal,
): Promise<number | undefined> {
  let before: number | undefined;
  const change = (labels: Readonly<Record<string, number>>): Record<string, number> => {
    before = label !== undefined && Object.hasOwn(labels, label) ? labels[label] : undefined;
    return {
      ...labels,
      ...(label === undefined ? {} : { [label]: version }),
      [latestLabel]: Math.max(version, labels[latestLabel] ?? 0),
    };
  };
  try {
    if ((await changeLabels(store, model, change, { signal })) !== undefined) return before;
    throw new errors.GLIMPSE_LABEL_CONFLICT(label ?? latestLabel);
  } catch (error) {
    if (!isGlimpseError(error)) throw error;
    throw withDetails(error, { ...error.details, model, version, published: true });
  }
}

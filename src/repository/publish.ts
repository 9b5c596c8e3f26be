import { randomUUID } from 'node:crypto';
import { Check } from 'typebox/schema';
import { errors, isGlimpseError, withDetails } from '../errors.ts';
import { Type } from '../schema/builder.ts';
import type { ArtifactStore } from './stores/artifact-store.ts';
import { readMark } from './deletion-mark.ts';
import { numbersUsed } from './numbers-used.ts';
import { describeFiles, writeFiles } from './draft-files.ts';
import { jsonBytes } from './json-bytes.ts';
import { changeLabels, checkLabelRoom, readLabels } from './labels.ts';
import { parseManifest } from './manifest-check.ts';
import type { Manifest } from './manifest.ts';
import {
  checkLabel,
  checkName,
  claimFile,
  isModelName,
  latestLabel,
  manifestFile,
} from './names.ts';
import { versionKey, versionNumbers } from './names.ts';
import type { LabelChange, Publication, VersionDraft } from './repository.ts';

/** How often the next number is tried when others keep taking it. */
const maxClaims = 100;

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

  const version =
    (await claimedBefore(store, draft.model, publication, signal)) ??
    (await claimVersion(store, draft.model, writerId, now(), signal));
  await publication.onClaimed?.(version);
  const key = versionKey(draft.model, version, manifestFile);
  const before = publication.claimed === version && (await readOurs(store, key, writerId, signal));
  let manifest = before;
  if (!manifest) {
    const keyOf = (path: string): string => versionKey(draft.model, version, path);
    await writeFiles(store, draft.files, { files, keyOf }, signal);
    manifest = await writeManifest(
      store,
      draft.model,
      key,
      { bytes: bytesOf(version), writerId },
      signal,
    );
  }
  const pointed = await moveLabels(store, draft, version, signal);
  const { model, label, cause } = draft;
  if (label !== undefined) {
    await onMoved({ model, label, version, ...(cause && { cause }) }, pointed);
  }
  return parseManifest(manifest, draft.model, version);
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
    golden: draft.golden,
    lineage: draft.lineage,
    metrics: draft.metrics,
  };
  return jsonBytes(manifest);
}

/**
 * The number that an earlier try of the same publication has claimed: the one it remembers, or the highest one, when
 * the answer to its claim was lost.
 */
async function claimedBefore(
  store: ArtifactStore,
  model: string,
  { writerId, claimed, wasTried = false }: Publication,
  signal?: AbortSignal,
): Promise<number | undefined> {
  if (claimed !== undefined) return claimed;
  if (!wasTried) return undefined;
  const highest = await highestNumber(store, model, signal);
  const key = versionKey(model, highest, claimFile);
  return highest > 0 && (await readOurs(store, key, writerId, signal)) ? highest : undefined;
}

async function claimVersion(
  store: ArtifactStore,
  model: string,
  writerId: string,
  now: Date,
  signal?: AbortSignal,
): Promise<number> {
  const claim = Buffer.from(`${JSON.stringify({ writerId, claimedAt: now.toISOString() })}\n`);
  const next = (await highestNumber(store, model, signal)) + 1;
  for (let version = next; version < next + maxClaims; version += 1) {
    const key = versionKey(model, version, claimFile);
    const written = await store.write(key, claim, { condition: 'absent', signal });
    if (written !== 'conflict' || (await readOurs(store, key, writerId, signal))) return version;
  }
  throw new errors.GLIMPSE_PUBLISH_CONFLICT(model);
}

/** Counts folders, not versions: a claim without a manifest has used its number up. */
async function highestNumber(
  store: ArtifactStore,
  model: string,
  signal?: AbortSignal,
): Promise<number> {
  const folders = await store.folders(model, signal);
  const found = await readLabels(store, model, undefined, signal);
  // A version may have been deleted by hand, but not the memory that it was there.
  const labelled = found === 'unchanged' ? [] : Object.values(found.labels);
  const gone = folders.length === 0 ? await numbersUsed(store, model, signal) : 0;
  return Math.max(gone, ...versionNumbers(folders), ...labelled);
}

const SignedSchema = Type.Object({ writerId: Type.String() });

/**
 * What lies at a key, when we have written it ourselves. A store that has written, whose response is lost, and that
 * gets the same write again, says 'conflict'.
 */
async function readOurs(
  store: ArtifactStore,
  key: string,
  writerId: string,
  signal?: AbortSignal,
): Promise<Uint8Array | undefined> {
  const found = await store.read(key, { signal });
  if (typeof found !== 'object') return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(found.body).toString('utf8'));
    return Check(SignedSchema, value) && value.writerId === writerId ? found.body : undefined;
  } catch {
    return undefined;
  }
}

/** The manifest that lies there then: what was written, or what we have written before. */
async function writeManifest(
  store: ArtifactStore,
  model: string,
  key: string,
  { bytes, writerId }: { bytes: Uint8Array; writerId: string },
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const written = await store.write(key, bytes, { condition: 'absent', signal });
  const found = written === 'conflict' ? await readOurs(store, key, writerId, signal) : bytes;
  if (found !== undefined) return found;
  throw new errors.GLIMPSE_PUBLISH_CONFLICT(model);
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

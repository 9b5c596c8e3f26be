import { Check } from 'typebox/schema';
import { asError, errors, isGlimpseError, messageOf, withDetails } from '../../errors.ts';
import { canonicalJson } from '../../json.ts';
import { sha256 } from '../../repository/digest.ts';
import type { ArtifactStore } from '../../repository/stores/artifact-store.ts';
import {
  PartSchema,
  PredictionManifestSchema,
  type Part,
  type PredictionManifest,
} from './predict-events.ts';

/** What lies in the place beside the parts. Readers of tables pass over names that begin with "_". */
const STARTED = '_started.json';
export const MANIFEST = '_manifest.json';
const noteOf = (part: string): string => `_parts/${part}.json`;

/** The place that predictions are written to, which is this run's own. */
export interface OutputFolder {
  /** Whole parts that an earlier attempt wrote, in order, as far as none is missing. */
  readonly finished: readonly Part[];
  /** The manifest, when an earlier attempt came to its end. */
  readonly manifest: PredictionManifest | undefined;
  /** Writes a part, and after it the note that it is whole. */
  writePart(bytes: Uint8Array, part: Part): Promise<void>;
  /** Written once all parts are. */
  writeManifest(manifest: PredictionManifest): Promise<void>;
}

/** What makes two runs the same: a place that was begun by the one is gone on with by the other. */
export type RunIdentity = Readonly<Record<string, unknown>>;

/**
 * Takes a place: an empty one, or one that a run of the same identity has begun. GLIMPSE_OUTPUT_TAKEN for any other,
 * GLIMPSE_OUTPUT_UNWRITABLE where nothing can be written; both before any image is read.
 */
export async function takeOutput(
  store: ArtifactStore,
  out: string,
  identity: RunIdentity,
  signal: AbortSignal,
): Promise<OutputFolder> {
  const write = async (key: string, body: Uint8Array, options = {}) =>
    store.write(key, body, { signal, ...options }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw unwritable(out, error);
    });
  const before = await list(store, out, signal);
  const begun = bytesOf(identity);
  if (before.length === 0) await write(STARTED, begun, { condition: 'absent' });
  // Whoever was faster, or the same run before.
  await checkIsOurs(store, out, begun, signal);
  const manifest = await readJson(store, MANIFEST, signal);
  const whole = Check(PredictionManifestSchema, manifest) ? manifest : undefined;
  const finished = whole?.parts ?? (await finishedParts(store, before, signal));
  return {
    finished,
    manifest: whole,
    async writePart(bytes, part) {
      await write(part.name, bytes);
      await write(noteOf(part.name), bytesOf(part));
    },
    writeManifest: async (made) => void (await write(MANIFEST, bytesOf(made))),
  };
}

async function list(store: ArtifactStore, out: string, signal: AbortSignal): Promise<string[]> {
  try {
    return (await store.list('', signal)).map(({ key }) => key);
  } catch (error) {
    signal.throwIfAborted();
    throw unwritable(out, error);
  }
}

async function checkIsOurs(
  store: ArtifactStore,
  out: string,
  begun: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const found = await store.read(STARTED, { signal });
  if (typeof found !== 'object') {
    throw new errors.GLIMPSE_OUTPUT_TAKEN(out, 'something else lies there');
  }
  if (Buffer.compare(found.body, begun) === 0) return;
  const reason =
    'other predictions were begun there (of another version, with other settings, or of files that have changed since)';
  throw new errors.GLIMPSE_OUTPUT_TAKEN(out, reason);
}

/** The parts from the first on whose notes are there, and whose bytes are those of the notes. */
async function finishedParts(
  store: ArtifactStore,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<Part[]> {
  const notes = keys.filter((key) => key.startsWith('_parts/')).sort();
  const parts: Part[] = [];
  for (const key of notes) {
    const part = await readJson(store, key, signal);
    if (!Check(PartSchema, part) || noteOf(part.name) !== key) break;
    if (!part.name.startsWith(partStem(parts.length))) break;
    const found = await store.read(part.name, { maxBytes: part.bytes, signal }).catch(unlessOther);
    if (typeof found !== 'object' || `sha256:${sha256(found.body)}` !== part.sha256) break;
    parts.push(part);
  }
  return parts;
}

/** A part that has more bytes than its note says is another one. */
function unlessOther(error: unknown): undefined {
  if (error instanceof errors.GLIMPSE_OBJECT_TOO_LARGE) return undefined;
  throw asError(error);
}

/** The name of a part without its extension. */
export function partStem(index: number): string {
  return `part-${String(index).padStart(6, '0')}`;
}

async function readJson(store: ArtifactStore, key: string, signal: AbortSignal): Promise<unknown> {
  const found = await store.read(key, { signal });
  if (typeof found !== 'object') return undefined;
  try {
    return JSON.parse(Buffer.from(found.body).toString('utf8'));
  } catch {
    return undefined;
  }
}

function bytesOf(value: unknown): Uint8Array {
  return Buffer.from(`${canonicalJson(value)}\n`);
}

/** What cannot be written has no setting of ours to blame; a full disk has a code of its own. */
function unwritable(out: string, error: unknown): Error {
  if (error instanceof errors.GLIMPSE_DISK_FULL) return error;
  const reason = isGlimpseError(error) ? reasonIn(error.message) : messageOf(error);
  return withDetails(new errors.GLIMPSE_OUTPUT_UNWRITABLE(out, reason), {}, error);
}

/** A store on disk is called by the setting of the repository, which this place is not. */
function reasonIn(message: string): string {
  return message.replace(/^The store GLIMPSE_REPOSITORY did not answer: /, '');
}

import { Check } from 'typebox/schema';
import { Closed } from '../../schema.ts';
import { Type } from '../../schema/builder.ts';
import { jsonBytes, parseJsonBytes, refusalAt } from '../json-bytes.ts';
import { maxManifestBytes } from '../manifest-check.ts';
import { publishedFolder } from '../names.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';

/** A version whose files are written, and whose manifest only has to be put beside them. */
export interface DecidedVersion {
  readonly version: number;
  /** Signs its claim and its manifest. */
  readonly writerId: string;
  /** The bytes of its manifest; undefined once it is published. */
  readonly manifest?: Uint8Array | undefined;
}

const DecisionSchema = Type.Object(
  {
    formatVersion: Type.Literal(1),
    model: Type.String(),
    version: Type.Integer({ minimum: 1 }),
    writerId: Type.String(),
    manifest: Type.Optional(Type.String()),
  },
  Closed,
);

/** The manifest in quotes: no character of it takes more than six. */
const maxBytes = 6 * maxManifestBytes + 4096;

const keyOf = (name: string): string => `${publishedFolder}/${name}.json`;

/** Which version has been decided to be the one of a publication that several may try at once. */
export async function readDecision(
  store: ArtifactStore,
  name: string,
  signal?: AbortSignal,
): Promise<DecidedVersion | undefined> {
  const key = keyOf(name);
  const found = await store.read(key, { maxBytes, signal });
  if (typeof found !== 'object') return undefined;
  const refuse = refusalAt(key);
  const value = parseJsonBytes(found.body, maxBytes, refuse);
  if (!Check(DecisionSchema, value)) return refuse('it is no decision about a publication');
  const { version, writerId, manifest } = value;
  return {
    version,
    writerId,
    manifest: manifest === undefined ? undefined : Buffer.from(manifest),
  };
}

/**
 * Decides that this version is the one, unless another one is already: then that is returned. From here on anybody
 * who tries the same publication can finish it, however whoever has decided it ends.
 */
export async function decidePublication(
  store: ArtifactStore,
  name: string,
  model: string,
  mine: DecidedVersion & { readonly manifest: Uint8Array },
  signal?: AbortSignal,
): Promise<DecidedVersion> {
  const { version, writerId } = mine;
  const manifest = Buffer.from(mine.manifest).toString('utf8');
  const decision = jsonBytes({ formatVersion: 1, model, version, writerId, manifest });
  const written = await store.write(keyOf(name), decision, { condition: 'absent', signal });
  if (written !== 'conflict') return mine;
  // An answer that was lost makes a conflict with ourselves.
  return (await readDecision(store, name, signal)) ?? mine;
}

/** Notes that the version is there: whoever comes later leaves it as it is, and does not bring it back. */
export async function noteDone(
  store: ArtifactStore,
  name: string,
  model: string,
  { version, writerId }: DecidedVersion,
  signal?: AbortSignal,
): Promise<void> {
  const key = keyOf(name);
  const found = await store.read(key, { maxBytes, signal });
  if (typeof found !== 'object') return;
  const done = jsonBytes({ formatVersion: 1, model, version, writerId });
  await store.write(key, done, { condition: { etag: found.etag }, signal });
}

import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { errors, withDetails } from '../errors.ts';
import type { ArtifactStore } from './stores/artifact-store.ts';
import { parseJsonBytes } from './json-bytes.ts';
import { isName, labelsFile } from './names.ts';
import type { Labels } from './repository.ts';

const LabelsSchema = Type.Record(Type.String(), Type.Integer({ minimum: 1 }));
const maxLabelsBytes = 1024 * 1024;
const maxAttempts = 40;

type LabelMap = Readonly<Record<string, number>>;

/** The labels of a model, or 'unchanged' when `unlessEtag` still names them. */
export async function readLabels(
  store: ArtifactStore,
  model: string,
  unlessEtag?: string,
  signal?: AbortSignal,
): Promise<Labels | 'unchanged'> {
  const key = `${model}/${labelsFile}`;
  const found = await store.read(key, { unlessEtag, maxBytes: maxLabelsBytes, signal });
  if (found === 'unchanged') return found;
  if (found === undefined) return { labels: {}, etag: undefined };
  return { labels: parseLabels(found.body, key), etag: found.etag };
}

/**
 * Replaces the labels by what `change` makes of them, by compare-and-set. With `ifMatch` only on top
 * of exactly that state; else it is repeated on the newer state when somebody was faster. `change`
 * may run several times. Undefined when the race was lost for good.
 */
export async function changeLabels(
  store: ArtifactStore,
  model: string,
  change: (labels: LabelMap) => LabelMap,
  { ifMatch, signal }: { ifMatch?: string | undefined; signal?: AbortSignal | undefined } = {},
): Promise<Labels | undefined> {
  const key = `${model}/${labelsFile}`;
  let ours: string | undefined;
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const now = await currentLabels(store, model, signal);
    const text = serialise(now.labels);
    // Our write may have been done and only its answer lost: then the store holds what we wanted.
    if (ours !== undefined && text === ours) return now;
    if (ifMatch !== undefined && now.etag !== ifMatch) return undefined;
    const wanted = change(now.labels);
    ours = serialise(wanted);
    if (text === ours && now.etag !== undefined) return now;
    const condition = now.etag === undefined ? 'absent' : { etag: now.etag };
    const written = await store.write(key, Buffer.from(ours), { condition, signal });
    if (written !== 'conflict') return { labels: wanted, etag: written.etag };
    await sleep(randomInt(1, Math.min(1_000, 10 * 2 ** attempt)), undefined, { signal });
  }
  return undefined;
}

async function currentLabels(
  store: ArtifactStore,
  model: string,
  signal?: AbortSignal,
): Promise<Labels> {
  const labels = await readLabels(store, model, undefined, signal);
  if (labels === 'unchanged') throw new Error('a store answered a question nobody asked: our bug');
  return labels;
}

/** The same labels always give the same bytes, whoever set them in which order. */
function serialise(labels: LabelMap): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`;
}

function parseLabels(bytes: Uint8Array, key: string): LabelMap {
  const refuse = (reason: string, cause?: unknown): never => {
    throw withDetails(new errors.GLIMPSE_MANIFEST_INVALID(key, reason), { key }, cause);
  };
  const value = parseJsonBytes(bytes, refuse);
  if (!Value.Check(LabelsSchema, value)) return refuse('it must map labels to version numbers');
  const odd = Object.keys(value).find((label) => !isName(label));
  return odd === undefined ? value : refuse(`${JSON.stringify(odd)} is not a label`);
}

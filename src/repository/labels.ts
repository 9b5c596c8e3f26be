import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { errors, withDetails } from '../errors.ts';
import { compareAndSet } from './compare-and-set.ts';
import { parseJsonBytes } from './json-bytes.ts';
import { isName, labelsFile } from './names.ts';
import type { Labels } from './repository.ts';
import type { ArtifactStore } from './stores/artifact-store.ts';

const LabelsSchema = Type.Record(Type.String(), Type.Integer({ minimum: 1 }));
const maxLabelsBytes = 1024 * 1024;

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

/** Replaces the labels by what `change` makes of them; see `compareAndSet`. */
export async function changeLabels(
  store: ArtifactStore,
  model: string,
  change: (labels: LabelMap) => LabelMap,
  { ifMatch, signal }: { ifMatch?: string | undefined; signal?: AbortSignal | undefined } = {},
): Promise<Labels | undefined> {
  const changed = await compareAndSet<LabelMap>(store, {
    key: `${model}/${labelsFile}`,
    async read() {
      const { labels, etag } = await currentLabels(store, model, signal);
      return { value: labels, etag };
    },
    change: (labels) => sorted(change(labels)),
    ifMatch,
    signal,
  });
  return changed && { labels: changed.value, etag: changed.etag };
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
function sorted(labels: LabelMap): LabelMap {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
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

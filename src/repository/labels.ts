import { Check } from 'typebox/schema';
import { errors } from '../errors.ts';
import { Type } from '../schema/builder.ts';
import { compareAndSet } from './compare-and-set.ts';
import { parseJsonBytes, refusalAt } from './json-bytes.ts';
import {
  checkName,
  deletionsEntry,
  isName,
  labelsFile,
  latestLabel,
  trafficFile,
} from './names.ts';
import type { Labels } from './repository.ts';
import type { ArtifactStore } from './stores/artifact-store.ts';

const LabelsSchema = Type.Record(Type.String(), Type.Integer({ minimum: 1 }));
const maxLabelsBytes = 1024 * 1024;

/** The most labels a model may be given; a person or a pipeline needs a few. */
const maxLabels = 100;

type LabelMap = Readonly<Record<string, number>>;

/** The labels of a model, or 'unchanged' when `unlessEtag` still names them. */
export async function readLabels(
  store: ArtifactStore,
  model: string,
  unlessEtag?: string,
  signal?: AbortSignal,
): Promise<Labels | 'unchanged'> {
  checkName('model name', model);
  const key = `${model}/${labelsFile}`;
  const found = await store.read(key, { unlessEtag, maxBytes: maxLabelsBytes, signal });
  if (found === 'unchanged') return found;
  if (found === undefined) return { labels: {}, etag: undefined };
  return { ...withoutAnnounced(parseLabels(found.body, key)), etag: found.etag };
}

/**
 * Replaces the labels by what `change` makes of them; see `compareAndSet`. GLIMPSE_TOO_MANY_LABELS when there would
 * be more than a model may have, and more than before.
 */
export async function changeLabels(
  store: ArtifactStore,
  model: string,
  change: (labels: LabelMap) => LabelMap,
  { ifMatch, signal }: { ifMatch?: string | undefined; signal?: AbortSignal | undefined } = {},
): Promise<Labels | undefined> {
  return changeStored(
    store,
    model,
    (stored) => {
      const { labels, ...announced } = withoutAnnounced(stored);
      const changed = change(labels);
      checkCount(model, labels, changed);
      return withAnnounced(changed, announced);
    },
    { ifMatch, signal },
  );
}

/** Lets those who poll the labels know that traffic.json is another one. A newer revision that is there stays. */
export async function announceTraffic(
  store: ArtifactStore,
  model: string,
  revision: number,
  signal?: AbortSignal,
): Promise<void> {
  const announce = (stored: LabelMap): LabelMap => {
    const { labels, trafficRevision = 0, ...others } = withoutAnnounced(stored);
    const newest = Math.max(trafficRevision, revision);
    return withAnnounced(labels, { ...others, trafficRevision: newest });
  };
  if (await changeStored(store, model, announce, { signal })) return;
  throw new errors.GLIMPSE_TRAFFIC_CONFLICT(model);
}

async function changeStored(
  store: ArtifactStore,
  model: string,
  change: (stored: LabelMap) => LabelMap,
  { ifMatch, signal }: { ifMatch?: string | undefined; signal?: AbortSignal | undefined },
): Promise<Labels | undefined> {
  const key = `${model}/${labelsFile}`;
  const changed = await compareAndSet<LabelMap>(store, {
    key,
    async read() {
      const { labels, etag, ...announced } = await currentLabels(store, model, signal);
      return { value: withAnnounced(labels, announced), etag };
    },
    change: (stored) => sorted(change(stored)),
    accept: (bytes) => parseLabels(bytes, key),
    ifMatch,
    signal,
  });
  return changed && { ...withoutAnnounced(changed.value), etag: changed.etag };
}

/** What stands among the labels and is none: counts by which those who poll know that something else has changed. */
type Announced = Pick<Labels, 'trafficRevision' | 'deletions'>;

/** As it is stored. */
function withAnnounced(labels: LabelMap, { trafficRevision, deletions }: Announced): LabelMap {
  return {
    ...labels,
    ...(trafficRevision !== undefined && { [trafficFile]: trafficRevision }),
    ...(deletions !== undefined && { [deletionsEntry]: deletions }),
  };
}

function withoutAnnounced(stored: LabelMap): Announced & Pick<Labels, 'labels'> {
  const { [trafficFile]: trafficRevision, [deletionsEntry]: deletions, ...labels } = stored;
  return {
    labels,
    ...(trafficRevision !== undefined && { trafficRevision }),
    ...(deletions !== undefined && { deletions }),
  };
}

/**
 * Lets those who poll the labels know that something of the model was deleted or taken back; `latest` follows to the
 * newest version that is left.
 */
export async function announceDeletion(
  store: ArtifactStore,
  model: string,
  newest: number | undefined,
  signal?: AbortSignal,
): Promise<void> {
  const announce = (stored: LabelMap): LabelMap => {
    const { labels, deletions = 0, ...others } = withoutAnnounced(stored);
    const latest = newest === undefined ? {} : { [latestLabel]: newest };
    return withAnnounced({ ...labels, ...latest }, { ...others, deletions: deletions + 1 });
  };
  if (await changeStored(store, model, announce, { signal })) return;
  throw new errors.GLIMPSE_LABEL_CONFLICT(latestLabel);
}

/** GLIMPSE_TOO_MANY_LABELS when the model has not these labels yet and may not be given as many more. */
export async function checkLabelRoom(
  store: ArtifactStore,
  model: string,
  wanted: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const { labels } = await currentLabels(store, model, signal);
  const added = Object.fromEntries(wanted.map((label) => [label, 1]));
  checkCount(model, labels, { ...added, ...labels });
}

/** The labels of a model as they are. */
export async function currentLabels(
  store: ArtifactStore,
  model: string,
  signal?: AbortSignal,
): Promise<Labels> {
  const labels = await readLabels(store, model, undefined, signal);
  if (labels === 'unchanged') throw new Error('a store answered a question nobody asked: our bug');
  return labels;
}

/** `latest` is not counted: publishing must always be able to move it. */
function checkCount(model: string, before: LabelMap, after: LabelMap): void {
  const [was, is] = [before, after].map(
    (labels) => Object.keys(labels).filter((label) => label !== latestLabel).length,
  );
  if (is! > maxLabels && is! > was!) throw new errors.GLIMPSE_TOO_MANY_LABELS(model, maxLabels);
}

/** The same labels always give the same bytes, whoever set them in which order. */
function sorted(labels: LabelMap): LabelMap {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function parseLabels(bytes: Uint8Array, key: string): LabelMap {
  const refuse = refusalAt(key);
  const value = parseJsonBytes(bytes, maxLabelsBytes, refuse);
  if (!Check(LabelsSchema, value)) return refuse('it must map labels to version numbers');
  const odd = Object.keys(value).find((label) => !isName(label));
  return odd === undefined ? value : refuse(`${JSON.stringify(odd)} is not a label`);
}

import { mapConcurrently } from '../../concurrency.ts';
import { isGlimpseError } from '../../errors.ts';
import type { ListedEtag, ListedModel } from '../../repository/listing.ts';
import type { Repository } from '../../repository/repository.ts';
import { adoptTraffic } from '../documents/model-traffic.ts';
import { KnownModel } from '../known-model.ts';
import { reasonOf } from '../quarantine.ts';
import type { PollKind } from './poller.ts';

const maxConcurrentModels = 8;

/**
 * Updates the known models from the repository. One model that cannot be read does not hide the others: it
 * keeps what was known of it and the reason. Rejects with the first failure of the store, after all models
 * have been tried; what is wrong with one model alone is no failure of the store.
 *
 * `everything` is one listing of all keys, and a request for what it shows to have changed; where a listing does not tell
 * that, two for each model. `labels` is one conditional request for each model that is in use here. Returns how many
 * keys were listed.
 */
export async function pollRepository(
  repository: Repository,
  known: Map<string, KnownModel>,
  kind: PollKind,
  signal: AbortSignal,
  isPolled: (model: KnownModel) => boolean = () => true,
): Promise<number | undefined> {
  const listed = kind === 'everything' ? await repository.listAll(signal) : undefined;
  if (listed) addModels(known, listed.models);
  const byName = new Map(listed?.models.map((one) => [one.model, one]));
  const failures: unknown[] = [];
  const polled = [...known.values()].filter((model) => listed !== undefined || isPolled(model));
  await mapConcurrently(polled, maxConcurrentModels, async (model) => {
    try {
      if (listed) await readListed(repository, model, byName.get(model.model), signal);
      else await pollLabels(repository, model, signal);
      model.pollFailure = undefined;
    } catch (error) {
      model.pollFailure = reasonOf(error);
      if (!isModelFailure(error)) failures.push(error);
    }
  });
  if (failures.length > 0) throw failures[0];
  return listed?.keys;
}

/**
 * Reads the labels and versions of one model, known before or not. It removes nothing: only the polls at
 * intervals count how often a version was missing.
 */
export async function lookUpModel(
  repository: Repository,
  known: Map<string, KnownModel>,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const labels = await repository.labels(name, known.get(name)?.etag, signal);
  const listed = await repository.list(name, signal);
  const model = known.get(name) ?? new KnownModel(name);
  if (labels !== 'unchanged') model.setLabels(labels);
  await readTraffic(repository, model, false, signal);
  model.addVersions(listed.versions.map(({ version }) => version));
  model.setSizes(listed.versions);
  model.withdrawDeleted(listed.deleted);
  if (model.isEmpty) return;
  await readPolicy(repository, model, undefined, signal);
  known.set(name, model);
}

/** Adds new models; one whose folder is gone keeps its entry until its versions are gone, too. */
function addModels(known: Map<string, KnownModel>, listed: readonly ListedModel[]): void {
  const present = new Set(listed.map(({ model }) => model));
  for (const name of present) if (!known.has(name)) known.set(name, new KnownModel(name));
  for (const model of known.values()) {
    if (!present.has(model.model) && model.isEmpty) known.delete(model.model);
  }
}

/** What a listing says of a model, and what has changed beside its versions. */
async function readListed(
  repository: Repository,
  model: KnownModel,
  listed: ListedModel | undefined,
  signal: AbortSignal,
): Promise<void> {
  // Without its labels nobody knows which of its versions may answer.
  await readLabels(repository, model, listed?.labelsEtag, signal);
  await readTraffic(repository, model, true, signal);
  await setVersions(repository, model, listed);
  await readPolicy(repository, model, listed?.policyEtag, signal);
}

/** One conditional request; the versions are listed only when a label names a new one, or something was deleted or taken back. */
export async function pollLabels(
  repository: Repository,
  model: KnownModel,
  signal: AbortSignal,
): Promise<void> {
  const { deletions } = model;
  const labels = await repository.labels(model.model, model.etag, signal);
  if (labels !== 'unchanged') model.setLabels(labels);
  const isOther = await readTraffic(repository, model, false, signal);
  const named = [...Object.values(model.labels), ...model.routedVersions()];
  const isNew = named.some((version) => !model.versions.has(version));
  const isDeleted = model.deletions !== deletions;
  const hasChanged = labels !== 'unchanged' || isOther || model.pollFailure !== undefined;
  if (!hasChanged || !(isNew || isDeleted)) return;
  await setVersions(repository, model, await repository.list(model.model, signal));
}

/** Replaces the listing of a model; undefined: it is in none any more. */
async function setVersions(
  repository: Repository,
  model: KnownModel,
  { versions, deleted }: Pick<ListedModel, 'versions' | 'deleted'> = { versions: [], deleted: [] },
): Promise<void> {
  model.setVersions(
    versions.map(({ version }) => version),
    deleted,
  );
  model.setSizes(versions);
  await findKept(repository, model);
}

/** Reads traffic.json when the labels announce a newer one, and with everything else; whether it was read. */
async function readTraffic(
  repository: Repository,
  model: KnownModel,
  isFull: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const known = model.traffic?.revision ?? 0;
  if (model.trafficRevision === 0) model.traffic = undefined;
  else if (isFull || model.trafficRevision > known) {
    adoptTraffic(model, (await repository.traffic.read(model.model, signal)).record);
    return true;
  }
  return false;
}

async function readLabels(
  repository: Repository,
  model: KnownModel,
  listed: ListedEtag,
  signal: AbortSignal,
): Promise<void> {
  if (isAsListed(listed, model.etag)) return;
  const labels = await repository.labels(model.model, model.etag, signal);
  if (labels !== 'unchanged') model.setLabels(labels);
}

/** What its policy says of loading. One that nobody can read changes nothing of what was read before. */
async function readPolicy(
  { releases }: Repository,
  model: KnownModel,
  listed: ListedEtag,
  signal: AbortSignal,
): Promise<void> {
  if (isAsListed(listed, model.policyEtag)) return;
  const found = await releases.policyUnless(model.model, model.policyEtag, signal);
  if (found !== 'unchanged') model.setRules(found.policy, found.etag);
}

/** Whether there is nothing to be read: the file has the etag that is known, or is not there and was not before. */
function isAsListed(listed: ListedEtag, known: string | undefined): boolean {
  return listed !== undefined && (listed ?? undefined) === known;
}

/** A version that a label names and the repository has lost answers from the copy of this machine, where there is one. */
async function findKept({ kept }: Repository, model: KnownModel): Promise<void> {
  if (!kept) return;
  for (const version of model.missingTargets()) {
    const manifest = await kept.manifest(model.model, version).catch(() => undefined);
    if (manifest) model.addKept(version);
  }
}

/** The store has answered and the model is at fault: its labels cannot be read, for example. */
function isModelFailure(error: unknown): boolean {
  return isGlimpseError(error) && error.code !== 'GLIMPSE_STORE_UNAVAILABLE';
}

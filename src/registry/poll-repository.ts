import { mapConcurrently } from '../concurrency.ts';
import { isGlimpseError } from '../errors.ts';
import type { Repository } from '../repository/repository.ts';
import { KnownModel } from './known-model.ts';
import { reasonOf } from './quarantine.ts';
import type { PollKind } from './poller.ts';

const maxConcurrentModels = 8;

/**
 * Updates the known models from the repository. One model that cannot be read does not hide the others: it
 * keeps what was known of it and the reason. Rejects with the first failure of the store, after all models
 * have been tried; what is wrong with one model alone is no failure of the store.
 */
export async function pollRepository(
  repository: Repository,
  known: Map<string, KnownModel>,
  kind: PollKind,
  signal: AbortSignal,
): Promise<void> {
  const isFull = kind === 'everything';
  if (isFull) await listModels(repository, known, signal);
  const failures: unknown[] = [];
  await mapConcurrently([...known.values()], maxConcurrentModels, async (model) => {
    try {
      await pollModel(repository, model, isFull, signal);
      model.pollFailure = undefined;
    } catch (error) {
      model.pollFailure = reasonOf(error);
      if (!isModelFailure(error)) failures.push(error);
    }
  });
  if (failures.length > 0) throw failures[0];
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
  const versions = await repository.versions(name, signal);
  const model = known.get(name) ?? new KnownModel(name);
  if (labels !== 'unchanged') model.setLabels(labels);
  await readTraffic(repository, model, false, signal);
  model.addVersions(versions);
  if (!model.isEmpty) known.set(name, model);
}

/** Adds new models; one whose folder is gone keeps its entry until its versions are gone, too. */
async function listModels(
  repository: Repository,
  known: Map<string, KnownModel>,
  signal: AbortSignal,
): Promise<void> {
  const names = await repository.models(signal);
  for (const name of names) if (!known.has(name)) known.set(name, new KnownModel(name));
  const present = new Set(names);
  for (const model of known.values()) {
    if (!present.has(model.model) && model.isEmpty) known.delete(model.model);
  }
}

/** One conditional request; the versions are listed only on a full poll or when a label names a new one. */
async function pollModel(
  repository: Repository,
  model: KnownModel,
  isFull: boolean,
  signal: AbortSignal,
): Promise<void> {
  const labels = await repository.labels(model.model, model.etag, signal);
  if (labels !== 'unchanged') model.setLabels(labels);
  const isOther = await readTraffic(repository, model, isFull, signal);
  const named = [...Object.values(model.labels), ...model.routedVersions()];
  const namesNew = named.some((version) => !model.versions.has(version));
  const hasChanged = labels !== 'unchanged' || isOther || model.pollFailure !== undefined;
  if (isFull || (namesNew && hasChanged)) {
    model.setVersions(await repository.versions(model.model, signal));
    await findKept(repository, model);
  }
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
    model.traffic = (await repository.traffic.read(model.model, signal)).record;
    return true;
  }
  return false;
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

import { mapConcurrently } from '../concurrency.ts';
import { isGlimpseError } from '../errors.ts';
import type { Repository } from '../repository/repository.ts';
import { KnownModel } from './known-model.ts';
import { reasonOf } from './quarantine.ts';
import type { LookKind } from './watch.ts';

const modelsAtOnce = 8;

/**
 * Reads the repository into what is known. One model that cannot be read does not hide the others: it
 * keeps what was known of it and says why. Rejects with the first failure of the store, after all models
 * have been tried; what is wrong with one model alone is no failure of the store.
 */
export async function pollRepository(
  repository: Repository,
  known: Map<string, KnownModel>,
  kind: LookKind,
  signal: AbortSignal,
): Promise<void> {
  const isFull = kind === 'everything';
  if (isFull) await discover(repository, known, signal);
  const failures: unknown[] = [];
  await mapConcurrently([...known.values()], modelsAtOnce, async (model) => {
    try {
      await pollModel(repository, model, isFull, signal);
      model.trouble = undefined;
    } catch (error) {
      model.trouble = reasonOf(error);
      if (!isOwnTrouble(error)) failures.push(error);
    }
  });
  if (failures.length > 0) throw failures[0];
}

/**
 * Learns what there is of one model, known before or not. It forgets nothing: that a version is gone is only
 * believed of the looks that come at their own time.
 */
export async function learnModel(
  repository: Repository,
  known: Map<string, KnownModel>,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const labels = await repository.labels(name, known.get(name)?.etag, signal);
  const versions = await repository.versions(name, signal);
  const model = known.get(name) ?? new KnownModel(name);
  if (labels !== 'unchanged') model.setLabels(labels);
  model.addVersions(versions);
  if (!model.isEmpty) known.set(name, model);
}

/** Learns of new models; one whose folder is gone keeps its entry until its versions are gone, too. */
async function discover(
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

/** One conditional request; the versions are listed only on a full look or when a label names a new one. */
async function pollModel(
  repository: Repository,
  model: KnownModel,
  isFull: boolean,
  signal: AbortSignal,
): Promise<void> {
  const labels = await repository.labels(model.model, model.etag, signal);
  if (labels !== 'unchanged') model.setLabels(labels);
  const namesNew = Object.values(model.labels).some((version) => !model.versions.has(version));
  if (isFull || (namesNew && (labels !== 'unchanged' || model.trouble !== undefined))) {
    model.setVersions(await repository.versions(model.model, signal));
  }
}

/** Labels that cannot be read, for example: the store has answered, and the model is at fault. */
function isOwnTrouble(error: unknown): boolean {
  return isGlimpseError(error) && error.code !== 'GLIMPSE_STORE_UNAVAILABLE';
}

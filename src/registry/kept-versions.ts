import { errors, isGlimpseError } from '../errors.ts';
import { canonicalJson } from '../json.ts';
import type { Repository } from '../repository/repository.ts';
import type { KnownModel } from './known-model.ts';
import type { KnownVersion } from './known-version.ts';

/**
 * The repository, and what is kept of it on this machine: while it does not answer, versions are read from there, and
 * others fail at once with GLIMPSE_STORE_UNAVAILABLE instead of waiting for every timeout. A version that it has
 * lost is read from there, too.
 */
export function readKeptVersions(repository: Repository, isAway: () => boolean): Repository {
  const { kept } = repository;
  if (!kept) return repository;
  const orUnavailable = <T>(found: T | undefined, model: string, version: number): T => {
    if (found !== undefined) return found;
    const reason = `version ${version} of ${model} is not kept on this machine, or is damaged.`;
    throw new errors.GLIMPSE_STORE_UNAVAILABLE(repository.name, reason);
  };
  return {
    ...repository,
    manifest: async (model, version, signal) =>
      isAway()
        ? orUnavailable(await kept.manifest(model, version), model, version)
        : repository
            .manifest(model, version, signal)
            .catch(async (error: unknown) => orThrow(error, await kept.manifest(model, version))),
    open: async (model, version, signal) =>
      isAway()
        ? orUnavailable(await kept.open(model, version, signal), model, version)
        : repository
            .open(model, version, signal)
            .catch(async (error: unknown) =>
              orThrow(error, await kept.open(model, version, signal)),
            ),
    releases: {
      ...repository.releases,
      // Not kept on this machine: it is unknown for that while.
      record: async (model, version, signal) =>
        isAway() ? undefined : repository.releases.record(model, version, signal),
    },
  };
}

/** What is kept of a version that the repository has no more; any other error is thrown. */
function orThrow<T>(error: unknown, found: T | undefined): T {
  if (error instanceof errors.GLIMPSE_VERSION_NOT_FOUND && found !== undefined) return found;
  throw error;
}

/**
 * The loaded versions that are others in the repository than those that were kept: it was made anew in the meantime.
 * They count as gone from here on.
 */
export async function withdrawReplaced(
  repository: Pick<Repository, 'manifest'>,
  models: ReadonlyMap<string, KnownModel>,
  signal: AbortSignal,
): Promise<KnownVersion[]> {
  const replaced: KnownVersion[] = [];
  for (const model of models.values()) {
    for (const known of model.versions.values()) {
      if (known.loaded && (await isOther(repository, known, signal))) replaced.push(known);
    }
  }
  for (const { model, version } of replaced) models.get(model)?.withdraw(version);
  return replaced;
}

async function isOther(
  repository: Pick<Repository, 'manifest'>,
  { model, version, loaded }: KnownVersion,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const manifest = await repository.manifest(model, version, signal);
    return canonicalJson(manifest) !== canonicalJson(loaded?.manifest);
  } catch (error) {
    if (!isGlimpseError(error) || error.code === 'GLIMPSE_STORE_UNAVAILABLE') throw error;
    // It cannot be read, or is gone: what follows from that is decided where versions are listed and loaded.
    return false;
  }
}

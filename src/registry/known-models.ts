import { errors } from '../errors.ts';
import type { KnownModel } from './known-model.ts';
import type { KnownVersion } from './known-version.ts';
import { notReadYet } from './readiness.ts';
import type { AwaitedVersion, VersionPolicy } from './policy/version-view.ts';

/** A model that is known, or why it is not: it is not there, or nothing was read yet. */
export function findModel(
  models: ReadonlyMap<string, KnownModel>,
  model: string,
  poller: { readonly hasPolledAll: boolean; readonly failure: Error | undefined },
): KnownModel {
  const known = models.get(model);
  if (known && (!known.isEmpty || known.pollFailure)) return known;
  if (poller.hasPolledAll) throw new errors.GLIMPSE_MODEL_NOT_FOUND(model);
  throw notReadYet(model, poller.failure);
}

/** A version that is known; GLIMPSE_VERSION_NOT_FOUND. */
export function findVersion(model: KnownModel, version: number): KnownVersion {
  const known = model.versions.get(version);
  if (!known) throw new errors.GLIMPSE_VERSION_NOT_FOUND(model.model, version);
  return known;
}

/** Versions that the server's readiness waits for: of each model that is required, the one that shall answer. */
export function awaitedVersions(
  models: ReadonlyMap<string, KnownModel>,
  { isRequired = () => false, byCalls = false }: Pick<VersionPolicy, 'isRequired' | 'byCalls'>,
  now: number,
): AwaitedVersion[] {
  return [...models.values()]
    .filter(({ model }) => isRequired(model))
    .flatMap((known) => {
      const version = known.awaited(now);
      // What no call has loaded is not on its way.
      const isOnItsWay = version !== undefined && (!byCalls || known.called.has(version));
      return isOnItsWay ? [{ model: known.model, version }] : [];
    });
}

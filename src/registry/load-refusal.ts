import { errors, withDetails } from '../errors.ts';
import type { KnownModel } from './known-model.ts';
import type { KnownVersion } from './known-version.ts';
import { asDetails } from './quarantine.ts';
import type { VersionPolicy } from './policy/version-view.ts';

/** Why a version that somebody asked for is not READY, as it is now. */
export function notReady(known: KnownVersion): Error {
  const { model, version, failure } = known;
  const sentence = failure?.message ?? 'it was unloaded again at once.';
  return withDetails(
    new errors.GLIMPSE_MODEL_NOT_READY(model, `version ${version}: ${sentence}`),
    failure ? asDetails(failure) : {},
  );
}

/** Why the policy does not load a version that a request wants. */
export function notLoaded(
  { model, version }: KnownVersion,
  known: KnownModel | undefined,
  { byCalls, maxLoadedBytes = Infinity }: VersionPolicy,
  now: number,
): Error {
  const view = known?.view(now);
  const found = view?.versions.find((one) => one.version === version);
  if (!found || !(found.isAtRest || found.isHere)) {
    return new errors.GLIMPSE_MODEL_NOT_READY(model, 'it is no longer in the repository.');
  }
  if (byCalls) {
    const sentence = `version ${version} is not loaded, and only calls load versions here (GLIMPSE_MODEL_CONTROL).`;
    return new errors.GLIMPSE_MODEL_NOT_READY(model, sentence);
  }
  const limit = Math.min(view?.limits?.bytes ?? Infinity, maxLoadedBytes);
  return new errors.GLIMPSE_LOADED_BYTES_FULL(version, model, found.bytes, limit);
}

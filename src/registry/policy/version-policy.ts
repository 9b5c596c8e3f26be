import { byUrgency, candidatesOf } from './load-candidates.ts';
import { holdBack, withinBytes } from './loaded-bytes.ts';
import { isOut } from './version-state.ts';
import type {
  AwaitedVersion,
  LoadCandidate,
  ModelView,
  VersionAction,
  VersionPolicy,
} from './version-view.ts';

/**
 * (Versions at rest, states, policy) -> what to do next. Pure and idempotent: an action that is under way
 * shows in the states and is not named again; when nothing is to be done the list is empty.
 *
 * A version that answers is never taken away because its files are gone: it stays while it is in memory, or is
 * loaded from the copy of this machine, until another answers in its place.
 *
 * Pinned versions (of models that are preloaded: labelled, serving, or about to answer by default) are loaded whatever
 * the limit of versions says, and
 * first: a version that serves goes only after its successor is READY, and a model whose newest version is
 * broken falls back to the one before, however many other models there are. The others share what is left of
 * the limit, most recently used first. While versions are awaited, they come before all, and of their models
 * only what requests select is loaded beside them.
 */
export function nextActions(
  models: readonly ModelView[],
  policy: VersionPolicy,
  awaited: readonly AwaitedVersion[] = [],
): VersionAction[] {
  const candidates = models
    .flatMap((model) => candidatesOf(model, policy, awaited))
    .sort((a, b) => Number(b.isAwaited) - Number(a.isAwaited) || byUrgency(a, b));
  const wanted = withinBytes(withinCount(candidates, policy), policy.maxLoadedBytes);
  const kept = new Set(wanted.map(({ view }) => view));
  const awaitedModels = new Set(awaited.map(({ model }) => model));
  const loads = wanted
    .filter(({ view }) => isOut(view.state))
    .filter((one) => !awaitedModels.has(one.model) || one.isAwaited || one.view.isOnDemand);
  const unloads = models.flatMap(({ model, versions }) =>
    versions
      .filter((view) => view.state === 'READY' && !kept.has(view))
      .map(({ version }): VersionAction => ({ kind: 'unload', model, version })),
  );
  return [...unloads, ...holdBack(loads, { models, kept, unloads, policy })];
}

/** Pinned ones always, others while there are places, and one that was asked for where there are none. */
function withinCount(
  candidates: readonly LoadCandidate[],
  { maxLoadedVersions }: VersionPolicy,
): LoadCandidate[] {
  const pinned = candidates.filter(({ isPinned }) => isPinned).length;
  const places = Math.max(pinned, maxLoadedVersions);
  const asked = candidates.slice(places).find(({ view }) => view.isOnDemand);
  const rescue = pinned >= maxLoadedVersions && asked ? [asked] : [];
  return [...candidates.slice(0, places), ...rescue];
}

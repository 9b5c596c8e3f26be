import { isOut, type VersionState } from './version-state.ts';

/** One version as the policy sees it. */
export interface VersionView {
  readonly version: number;
  readonly state: VersionState;
  /** False when it is gone from the repository for good. */
  readonly isAtRest: boolean;
  /** All the same there is what could answer: it is in memory, or a verified copy lies on this machine. */
  readonly isHere: boolean;
  /** It could not be loaded and its time to be tried again has not come. */
  readonly isBlocked: boolean;
  /** A request selected exactly this version while it was not loaded. */
  readonly isOnDemand: boolean;
  /** Grows with every use; 0 is never. */
  readonly lastUsed: number;
}

export interface ModelView {
  readonly model: string;
  /** Versions that labels point at. */
  readonly labelled: readonly number[];
  /** Versions that answer for a label, or by default, just now. */
  readonly serving: readonly number[];
  /** Those of both by default, or by a label that somebody has set: they stay though their files are gone. */
  readonly relied: readonly number[];
  /** No `production` label decides: the highest READY version answers by default. */
  readonly answersByNewest: boolean;
  readonly versions: readonly VersionView[];
}

export interface VersionPolicy {
  /** How many of the newest usable versions of each model stay loaded besides the labelled ones. */
  readonly keepVersions: number;
  /**
   * How many versions are loaded at most. Labelled ones, and those that answer by default, always are; where they take all
   * places there is one for what a request selects by its number, so that an older version can rescue a model.
   */
  readonly maxLoadedVersions: number;
}

/** A version that is not READY, and without which the server is not ready. */
export interface AwaitedVersion {
  readonly model: string;
  readonly version: number;
}

export interface VersionAction {
  readonly kind: 'load' | 'unload';
  readonly model: string;
  readonly version: number;
}

/**
 * (Versions at rest, states, policy) -> what to do next. Pure and idempotent: an action that is under way
 * shows in the states and is not named again; when nothing is to be done the list is empty.
 *
 * A version that answers is never taken away because its files are gone: it stays while it is in memory, or is
 * loaded from the copy of this machine, until another answers in its place.
 *
 * Pinned versions (labelled, serving, or about to answer by default) are loaded whatever the limit says, and
 * first: a version that serves goes only after its successor is READY, and a model whose newest version is
 * broken falls back to the one before, however many other models there are. The others share what is left of
 * the limit, most recently used first. While a version is awaited, it comes before all, and of its model
 * only what requests select is loaded beside it.
 */
export function nextActions(
  models: readonly ModelView[],
  { keepVersions, maxLoadedVersions }: VersionPolicy,
  awaited?: AwaitedVersion,
): VersionAction[] {
  const candidates = models
    .flatMap((model) => candidatesOf(model, keepVersions))
    .sort(
      (a, b) => Number(isAwaited(b, awaited)) - Number(isAwaited(a, awaited)) || byUrgency(a, b),
    );
  const pinned = candidates.filter(({ isPinned }) => isPinned).length;
  const places = Math.max(pinned, maxLoadedVersions);
  const asked = candidates.slice(places).find(({ view }) => view.isOnDemand);
  const rescue = pinned >= maxLoadedVersions && asked ? [asked] : [];
  const wanted = [...candidates.slice(0, places), ...rescue];
  const kept = new Set(wanted.map(({ view }) => view));
  const loads = wanted
    .filter(({ view }) => isOut(view.state))
    .filter((one) => one.model !== awaited?.model || isAwaited(one, awaited) || one.view.isOnDemand)
    .map(({ model, view }): VersionAction => ({ kind: 'load', model, version: view.version }));
  const unloads = models.flatMap(({ model, versions }) =>
    versions
      .filter((view) => view.state === 'READY' && !kept.has(view))
      .map(({ version }): VersionAction => ({ kind: 'unload', model, version })),
  );
  return [...unloads, ...loads];
}

interface LoadCandidate {
  readonly model: string;
  readonly view: VersionView;
  readonly isPinned: boolean;
}

/** The versions of one model that should be loaded if the limit allows. */
function candidatesOf(view: ModelView, keepVersions: number): LoadCandidate[] {
  const { model, labelled, serving, relied, answersByNewest, versions } = view;
  const usable = versions.filter(
    ({ version, isAtRest, isHere, isBlocked }) =>
      !isBlocked && (isAtRest || (isHere && relied.includes(version))),
  );
  const newest = usable
    .filter(({ isAtRest }) => isAtRest)
    .map(({ version }) => version)
    .sort((a, b) => b - a);
  const kept = new Set(newest.slice(0, keepVersions));
  const pinnedVersions = new Set([
    ...labelled,
    ...serving,
    ...newest.slice(0, answersByNewest ? 1 : 0),
  ]);
  return usable
    .filter(
      ({ version, isOnDemand }) => isOnDemand || kept.has(version) || pinnedVersions.has(version),
    )
    .map((view) => ({ model, view, isPinned: pinnedVersions.has(view.version) }));
}

function isAwaited({ model, view }: LoadCandidate, awaited: AwaitedVersion | undefined): boolean {
  return model === awaited?.model && view.version === awaited.version;
}

/** Pinned first, then most recently used first; among those never used the newest first. */
function byUrgency(a: LoadCandidate, b: LoadCandidate): number {
  return (
    Number(b.isPinned) - Number(a.isPinned) ||
    b.view.lastUsed - a.view.lastUsed ||
    b.view.version - a.view.version
  );
}

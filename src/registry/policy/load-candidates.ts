import type { ModelLimits } from '../../repository/releases/load-rule.ts';
import { withinBytes } from './loaded-bytes.ts';
import { isOut } from './version-state.ts';
import type {
  AwaitedVersion,
  LoadCandidate,
  ModelView,
  VersionPolicy,
  VersionView,
} from './version-view.ts';

/** The versions that a model has loaded when nothing but its rule and its labels decides. */
export function versionsByRule(view: ModelView, policy: VersionPolicy): number[] {
  const followsRule = { ...policy, byCalls: false, isPreloaded: () => true };
  return candidatesOf(view, followsRule, []).map(({ view: { version } }) => version);
}

/** The versions of one model that should be loaded if the limits allow. */
export function candidatesOf(
  view: ModelView,
  policy: VersionPolicy,
  awaited: readonly AwaitedVersion[],
): LoadCandidate[] {
  const { model, versions, serving, relied, limits, called } = view;
  const usable = versions.filter(
    ({ version, isAtRest, isHere, isBlocked }) =>
      !isBlocked && (isAtRest || (isHere && relied.includes(version))),
  );
  const newest = usable
    .filter(({ isAtRest }) => isAtRest)
    .map(({ version }) => version)
    .sort((a, b) => b - a);
  const followed = new Set([...view.followed, ...newest.slice(0, view.answersByNewest ? 1 : 0)]);
  const isPreloaded = policy.isPreloaded?.(model) ?? true;
  const kept = isPreloaded ? keptByRule(newest, view, policy) : [];
  const successor = usable.find(({ version, state }) => followed.has(version) && state !== 'READY');
  const pinned = new Set([
    ...(isPreloaded ? view.labelled : []),
    ...servingStill(view, policy, successor !== undefined),
    ...(isPreloaded || isInUse(view) ? followed : []),
  ]);
  const lastServed = Math.max(
    0,
    ...versions.filter(({ version }) => serving.includes(version)).map(({ lastUsed }) => lastUsed),
  );
  const isRequired = policy.isRequired?.(model) ?? false;
  const isWanted = ({ version, isOnDemand }: VersionView): boolean =>
    policy.byCalls === true
      ? called.includes(version)
      : isOnDemand || kept.includes(version) || pinned.has(version);
  const candidates = usable.filter(isWanted).map((version): LoadCandidate => {
    const isFollowed = followed.has(version.version);
    const answers = serving.includes(version.version);
    // What replaced it cannot be loaded, or it is nowhere but here.
    const isIrreplaceable =
      answers && (!version.isAtRest || (!isFollowed && successor === undefined));
    return {
      model,
      view: version,
      isPinned: policy.byCalls === true || (isPreloaded && pinned.has(version.version)),
      isFirm: policy.byCalls === true || isIrreplaceable || (isRequired && (isFollowed || answers)),
      isAwaited: awaited.some((one) => one.model === model && one.version === version.version),
      isFollowed,
      lastUsed: isFollowed ? Math.max(version.lastUsed, lastServed) : version.lastUsed,
    };
  });
  return limits === undefined ? candidates : withinLimits(candidates, limits);
}

/** A model that nobody asks for at its start follows its labels as long as something of it is loaded. */
function isInUse({ versions }: ModelView): boolean {
  return versions.some(({ state, isOnDemand }) => !isOut(state) || isOnDemand);
}

/** Those that answer, as far as they do not go before what is to replace them. */
function servingStill(
  { serving, followed }: ModelView,
  { reloadOrder }: VersionPolicy,
  hasSuccessor: boolean,
): readonly number[] {
  if (reloadOrder !== 'unload-first' || !hasSuccessor) return serving;
  return serving.filter((version) => followed.includes(version));
}

function keptByRule(
  newest: readonly number[],
  { load }: ModelView,
  { keepVersions }: VersionPolicy,
): readonly number[] {
  if (load === 'all') return newest;
  if (load && 'specific' in load) return load.specific;
  return newest.slice(0, load?.latest ?? keepVersions);
}

/** What a model may have loaded at once by its own limits, the most urgent first. */
function withinLimits(
  candidates: readonly LoadCandidate[],
  { versions = Infinity, bytes = Infinity }: ModelLimits,
): LoadCandidate[] {
  const ordered = candidates.toSorted(
    (a, b) => Number(b.isFirm) - Number(a.isFirm) || byUrgency(a, b),
  );
  return withinBytes(ordered.slice(0, versions), bytes);
}

/** Pinned first, then most recently used first; among those never used the newest first. */
export function byUrgency(a: LoadCandidate, b: LoadCandidate): number {
  return (
    Number(b.isPinned) - Number(a.isPinned) ||
    b.lastUsed - a.lastUsed ||
    b.view.version - a.view.version
  );
}

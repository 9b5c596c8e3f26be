import type { ReleasePolicy } from '../repository/releases/release-policy.ts';
import { productionLabel } from '../repository/names.ts';
import { isAtRest, isHeld, type KnownVersion } from './known-version.ts';
import { estimateBytes } from './policy/loaded-bytes.ts';
import type { ServedLabels } from './served-labels.ts';
import type { ModelView } from './policy/version-view.ts';

/** What of a known model decides what is loaded of it. */
export interface ViewedModel {
  readonly model: string;
  readonly versions: ReadonlyMap<number, KnownVersion>;
  readonly labels: Readonly<Record<string, number>>;
  readonly rules: Pick<ReleasePolicy, 'load' | 'limits'>;
  readonly called: ReadonlySet<number>;
  readonly served: ServedLabels;
  target(label: string): number | undefined;
  relied(): number[];
  /** Versions that traffic rules name. */
  routedVersions(): number[];
}

/** A known model as the policy sees it. */
export function viewOf(model: ViewedModel, now: number): ModelView {
  const { served } = model;
  const serving = served.entries().map(([, version]) => version);
  if (served.byDefault !== undefined) serving.push(served.byDefault);
  return {
    model: model.model,
    labelled: [...Object.values(model.labels), ...model.routedVersions()],
    serving,
    relied: model.relied(),
    followed: [...followedOf(model, now), ...model.routedVersions()],
    answersByNewest: model.target(productionLabel) === undefined,
    ...model.rules,
    called: [...model.called],
    versions: [...model.versions.values()].map((known) => ({
      version: known.version,
      state: known.state,
      isAtRest: isAtRest(known),
      isHere: !known.isReplaced && (known.isKept || isHeld(known)),
      isBlocked: isBlocked(known, now),
      isOnDemand: known.isOnDemand,
      lastUsed: known.lastUsed,
      bytes: estimateBytes(known.fileBytes),
    })),
  };
}

/**
 * The version that shall answer for a label, or by default, and could be loaded for that; while it cannot, the one that
 * answered before.
 */
export function loadableFor(
  model: ViewedModel,
  label: string | undefined,
  now: number,
): KnownVersion | undefined {
  const isLoadable = (known: KnownVersion | undefined): boolean =>
    known !== undefined && (isAtRest(known) || known.isKept) && !isBlocked(known, now);
  const last = new Map(model.served.lastServed()).get(label ?? productionLabel);
  const newest = [...model.versions.values()]
    .filter(isLoadable)
    .reduce((highest, { version }) => Math.max(highest, version), 0);
  return [model.target(label ?? productionLabel) ?? newest, last]
    .map((version) => (version === undefined ? undefined : model.versions.get(version)))
    .find(isLoadable);
}

/** The version that shall answer by default, while it is neither READY nor known not to load. */
export function awaitedOf(model: ViewedModel, now: number): number | undefined {
  const known = loadableFor(model, undefined, now);
  const isWanted = known && known.version === (model.target(productionLabel) ?? known.version);
  return isWanted && known.state !== 'READY' ? known.version : undefined;
}

/**
 * What is to answer by default and for every label that is in use: what it points at, or what answered for it before while
 * that cannot be loaded.
 */
function followedOf(model: ViewedModel, now: number): number[] {
  const last = new Map(model.served.lastServed());
  return [...new Set([productionLabel, ...last.keys()])].flatMap((label) => {
    const target = model.target(label);
    if (target === undefined) return [];
    const before = last.get(label);
    const known = model.versions.get(target);
    return known && isBlocked(known, now) && before !== undefined ? [target, before] : [target];
  });
}

function isBlocked({ failure }: KnownVersion, now: number): boolean {
  return failure !== undefined && failure.retryAt > now;
}

import type {
  LoadCandidate,
  ModelView,
  VersionAction,
  VersionPolicy,
  VersionView,
} from './version-view.ts';

const MiB = 1024 * 1024;

/** A session of ONNX Runtime, and what full batches of a small net leave in its arena. */
const emptyBytes = 8 * MiB;

/**
 * How much memory a version takes once it is loaded, estimated from its files: weights are in memory once, and once more
 * while they are read. The 0.8 MB of the shipped model take 11 MB after a full batch of 64.
 */
export function estimateBytes(fileBytes: number): number {
  return emptyBytes + 2 * fileBytes;
}

/**
 * As many of them as fit, in their order: firm ones always, then those that were used last, labelled or not. What is in
 * memory stays before what would have to be loaded.
 */
export function withinBytes(
  candidates: readonly LoadCandidate[],
  maxBytes = Infinity,
): LoadCandidate[] {
  if (maxBytes === Infinity) return [...candidates];
  let taken = 0;
  const fitting = new Set<LoadCandidate>();
  for (const candidate of candidates.toSorted(byUse)) {
    const isTooMuch = taken + candidate.view.bytes > maxBytes;
    if (isTooMuch && !candidate.isFirm && !candidate.isAwaited) continue;
    taken += candidate.view.bytes;
    fitting.add(candidate);
  }
  return candidates.filter((candidate) => fitting.has(candidate));
}

function byUse(a: LoadCandidate, b: LoadCandidate): number {
  return (
    Number(b.isAwaited || b.isFirm) - Number(a.isAwaited || a.isFirm) ||
    b.lastUsed - a.lastUsed ||
    Number(b.isPinned) - Number(a.isPinned) ||
    Number(b.isFollowed) - Number(a.isFollowed) ||
    Number(isHeld(b.view)) - Number(isHeld(a.view)) ||
    b.view.version - a.view.version
  );
}

/** What is loaded, or on its way in or out. */
const isHeld = ({ state }: VersionView): boolean =>
  state === 'READY' || state === 'LOADING' || state === 'UNLOADING';

interface Held {
  readonly models: readonly ModelView[];
  readonly kept: ReadonlySet<VersionView>;
  readonly unloads: readonly VersionAction[];
  readonly policy: VersionPolicy;
}

/**
 * Loads wait for memory that is about to be free, so that the limit holds at every moment; and where versions are unloaded
 * first, for those of their own model. Where nothing is about to be freed there is nothing to wait for.
 */
export function holdBack(
  loads: readonly LoadCandidate[],
  { models, kept, unloads, policy }: Held,
): VersionAction[] {
  const { maxLoadedBytes = Infinity, reloadOrder = 'load-first' } = policy;
  const going = new Set(unloads.map(({ model }) => model));
  let resident = 0;
  let isFreeing = unloads.length > 0;
  for (const { model, versions } of models) {
    for (const view of versions) {
      if (!isHeld(view)) continue;
      resident += view.bytes;
      if (view.state === 'UNLOADING') going.add(model);
      isFreeing ||= view.state === 'UNLOADING' || (view.state === 'LOADING' && !kept.has(view));
    }
  }
  return loads.map(({ model, view }): VersionAction => {
    const { version } = view;
    const waitsForMemory = isFreeing && resident + view.bytes > maxLoadedBytes;
    const waitsForOthers = reloadOrder === 'unload-first' && going.has(model);
    if (waitsForMemory || waitsForOthers) return { kind: 'hold', model, version };
    resident += view.bytes;
    return { kind: 'load', model, version };
  });
}

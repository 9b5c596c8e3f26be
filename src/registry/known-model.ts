import { productionLabel } from '../repository/names.ts';
import type { ReleaseRecord } from '../repository/releases/release-record.ts';
import type { Labels } from '../repository/repository.ts';
import type { LoadedVersion } from './loaded-version.ts';
import type { Reason, LoadFailure } from './quarantine.ts';
import type { ModelView } from './version-policy.ts';
import { transition, type VersionEvent, type VersionState } from './version-state.ts';

/** What the registry knows about one version: in the repository, and in memory. */
export interface KnownVersion {
  readonly model: string;
  readonly version: number;
  state: VersionState;
  /** Present while READY and UNLOADING. */
  loaded: LoadedVersion | undefined;
  /** Settles when the load or unload under way (or the last one) has ended; never rejects. */
  change: Promise<void>;
  failure: LoadFailure | undefined;
  isOnDemand: boolean;
  lastUsed: number;
  /** What was decided about it; written once, so that it is read once. */
  release: ReleaseRecord | undefined;
  /** How many listings in a row did not contain it. */
  missedListings: number;
}

/** One listing without a version may be a half-finished sync; two in a row mean that it was removed. */
const missedListingsUntilGone = 2;

/** The state of one model in this process. It decides nothing and reads no store. */
export class KnownModel {
  readonly model: string;
  readonly versions = new Map<number, KnownVersion>();
  labels: Readonly<Record<string, number>> = {};
  etag: string | undefined;
  /** Why the last poll of this model failed, if it did. */
  pollFailure: Reason | undefined;
  /** Label -> the version that answers for it: the last one it pointed at that was READY then. */
  readonly #served = new Map<string, number>();
  #servedByDefault: number | undefined;

  constructor(model: string) {
    this.model = model;
  }

  get isEmpty(): boolean {
    return this.versions.size === 0;
  }

  setLabels({ labels, etag }: Labels): void {
    this.labels = labels;
    this.etag = etag;
  }

  /** Adds versions that the repository lists. */
  addVersions(listed: readonly number[]): void {
    for (const version of listed) {
      const known = this.versions.get(version);
      if (known) known.missedListings = 0;
      else this.versions.set(version, unloadedVersion(this.model, version));
    }
  }

  /** Replaces the listing of versions; a known version that it does not contain counts as missing once more. */
  setVersions(listed: readonly number[]): void {
    this.addVersions(listed);
    const present = new Set(listed);
    for (const known of this.versions.values())
      if (!present.has(known.version)) known.missedListings += 1;
    this.removeGone();
  }

  /** Adds versions that the repository listed when it last answered: one listing without them is enough. */
  recallVersions(listed: readonly number[]): void {
    this.addVersions(listed);
    for (const known of this.versions.values()) {
      known.missedListings = missedListingsUntilGone - 1;
    }
  }

  /** A version that the repository does not have in this form counts as gone. */
  withdraw(version: number): void {
    const known = this.versions.get(version);
    if (known) known.missedListings = missedListingsUntilGone;
    this.removeGone();
  }

  versionsAtRest(): number[] {
    return [...this.versions.values()].filter(isAtRest).map(({ version }) => version);
  }

  /** Versions that failed because something was away or busy may be tried again now. */
  retryUnavailable(): void {
    for (const known of this.versions.values()) {
      if (known.failure && !known.failure.isQuarantine) known.failure = undefined;
    }
  }

  /** Versions that a process died of may be tried again now. */
  retryDied(): void {
    for (const known of this.versions.values()) {
      if (known.failure?.code === 'GLIMPSE_DIED_WHILE_LOADING') known.failure = undefined;
    }
  }

  /** Resolves when the loads and unloads that are under way now have ended. */
  async settled(): Promise<void> {
    await Promise.all([...this.versions.values()].map(({ change }) => change));
  }

  /** Whether this version, a version and this label, or any version at all is known. */
  knows(selector?: { readonly version: number } | { readonly label: string }): boolean {
    if (selector !== undefined && 'version' in selector) return this.versions.has(selector.version);
    return !this.isEmpty && (selector === undefined || this.target(selector.label) !== undefined);
  }

  /** Removes versions that are gone from the repository and no longer in memory. */
  removeGone(): void {
    for (const known of this.versions.values()) {
      if (!isAtRest(known) && known.state === 'UNAVAILABLE') this.versions.delete(known.version);
    }
  }

  apply(known: KnownVersion, event: VersionEvent): void {
    known.state = transition(known.state, event);
  }

  /**
   * Follows labels and states: a label is served by the version it points at as soon as that is READY, and
   * by the one before until then. Returns the default version before and after, when it changed.
   */
  updateServing(): { before: number | undefined; after: number | undefined } | undefined {
    for (const [label, version] of this.#served) {
      if (this.target(label) === undefined || !this.isReady(version)) this.#served.delete(label);
    }
    for (const [label, version] of Object.entries(this.labels)) {
      if (this.isReady(version)) this.#served.set(label, version);
    }
    const before = this.#servedByDefault;
    this.#servedByDefault =
      this.target(productionLabel) === undefined
        ? this.#highestReady()
        : this.#servedByProduction();
    return before === this.#servedByDefault ? undefined : { before, after: this.#servedByDefault };
  }

  /** The version a label points at. Labels come from outside: "constructor" is one like any other. */
  target(label: string): number | undefined {
    return Object.hasOwn(this.labels, label) ? this.labels[label] : undefined;
  }

  /** The version that answers: for a label, or by default (`production`, else the highest READY one). */
  serving(label?: string): number | undefined {
    return label === undefined ? this.#servedByDefault : this.#served.get(label);
  }

  /** The version that answers, if it is still known. */
  servingVersion(label?: string): KnownVersion | undefined {
    const serving = this.serving(label);
    return serving === undefined ? undefined : this.versions.get(serving);
  }

  isReady(version: number): boolean {
    return this.versions.get(version)?.state === 'READY';
  }

  /** The labels that a version serves now. */
  labelsServedBy(version: number): string[] {
    return [...this.#served].filter(([, served]) => served === version).map(([label]) => label);
  }

  /** The version that shall answer by default, while it is neither READY nor known not to load. */
  awaited(now: number): number | undefined {
    const isLoadable = (known: KnownVersion): boolean =>
      isAtRest(known) && (known.failure === undefined || known.failure.retryAt <= now);
    const loadable = [...this.versions.values()].filter(isLoadable).map(({ version }) => version);
    const wanted = this.target(productionLabel) ?? Math.max(...loadable);
    return loadable.includes(wanted) && !this.isReady(wanted) ? wanted : undefined;
  }

  view(now: number): ModelView {
    const serving = [...this.#served.values()];
    if (this.#servedByDefault !== undefined) serving.push(this.#servedByDefault);
    return {
      model: this.model,
      labelled: Object.values(this.labels),
      serving,
      answersByNewest: this.target(productionLabel) === undefined,
      versions: [...this.versions.values()].map((known) => ({
        version: known.version,
        state: known.state,
        isAtRest: isAtRest(known),
        isBlocked: known.failure !== undefined && known.failure.retryAt > now,
        isOnDemand: known.isOnDemand,
        lastUsed: known.lastUsed,
      })),
    };
  }

  /** While the version `production` points at cannot be loaded, the version that served before goes on serving. */
  #servedByProduction(): number | undefined {
    const before = this.#servedByDefault;
    const fallback = before !== undefined && this.isReady(before) ? before : undefined;
    return this.#served.get(productionLabel) ?? fallback;
  }

  #highestReady(): number | undefined {
    const ready = [...this.versions.keys()].filter((version) => this.isReady(version));
    return ready.length > 0 ? Math.max(...ready) : undefined;
  }
}

function unloadedVersion(model: string, version: number): KnownVersion {
  return {
    model,
    version,
    state: 'UNAVAILABLE',
    loaded: undefined,
    change: Promise.resolve(),
    failure: undefined,
    isOnDemand: false,
    lastUsed: 0,
    release: undefined,
    missedListings: 0,
  };
}

function isAtRest({ missedListings }: KnownVersion): boolean {
  return missedListings < missedListingsUntilGone;
}

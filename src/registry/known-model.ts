import { productionLabel } from '../repository/names.ts';
import type { Labels } from '../repository/repository.ts';
import type { LoadedVersion } from './loaded-version.ts';
import type { Reason, LoadFailure } from './quarantine.ts';
import type { ModelView } from './version-policy.ts';
import { transition, type VersionEvent, type VersionState } from './version-state.ts';

/** What is known about one version: at rest, and in memory. */
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
  /** How many listings in a row did not show it. */
  missed: number;
}

/** One missing listing may be a half-finished sync; two in a row mean that it is gone. */
const missesUntilGone = 2;

/** What this process knows about one model. It decides nothing and reads no store. */
export class KnownModel {
  readonly model: string;
  readonly versions = new Map<number, KnownVersion>();
  labels: Readonly<Record<string, number>> = {};
  etag: string | undefined;
  /** Why the last look at this model failed, if it did. */
  trouble: Reason | undefined;
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

  /** Takes in versions that were seen at rest. */
  addVersions(listed: readonly number[]): void {
    for (const version of listed) {
      const known = this.versions.get(version);
      if (known) known.missed = 0;
      else this.versions.set(version, newcomer(this.model, version));
    }
  }

  /** Takes in a listing of the versions at rest; what it does not show is missed. */
  setVersions(listed: readonly number[]): void {
    this.addVersions(listed);
    const present = new Set(listed);
    for (const known of this.versions.values()) if (!present.has(known.version)) known.missed += 1;
    this.forgetGone();
  }

  /** Versions that are gone and not in memory any more are not known any more. */
  forgetGone(): void {
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
  settleServing(): { before: number | undefined; after: number | undefined } | undefined {
    for (const [label, version] of this.#served) {
      if (this.target(label) === undefined || !this.isReady(version)) this.#served.delete(label);
    }
    for (const [label, version] of Object.entries(this.labels)) {
      if (this.isReady(version)) this.#served.set(label, version);
    }
    const before = this.#servedByDefault;
    this.#servedByDefault =
      this.target(productionLabel) === undefined ? this.#highestReady() : this.#forProduction();
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

  isReady(version: number): boolean {
    return this.versions.get(version)?.state === 'READY';
  }

  /** The labels that a version answers for just now. */
  labelsServedBy(version: number): string[] {
    return [...this.#served].filter(([, served]) => served === version).map(([label]) => label);
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

  /** A first `production` on a version that cannot be loaded takes nothing away from who answered so far. */
  #forProduction(): number | undefined {
    const before = this.#servedByDefault;
    const other = before !== undefined && this.isReady(before) ? before : undefined;
    return this.#served.get(productionLabel) ?? other;
  }

  #highestReady(): number | undefined {
    const ready = [...this.versions.keys()].filter((version) => this.isReady(version));
    return ready.length > 0 ? Math.max(...ready) : undefined;
  }
}

function newcomer(model: string, version: number): KnownVersion {
  return {
    model,
    version,
    state: 'UNAVAILABLE',
    loaded: undefined,
    change: Promise.resolve(),
    failure: undefined,
    isOnDemand: false,
    lastUsed: 0,
    missed: 0,
  };
}

function isAtRest({ missed }: KnownVersion): boolean {
  return missed < missesUntilGone;
}

import { latestLabel } from '../repository/names.ts';
import type { ReleasePolicy } from '../repository/releases/release-policy.ts';
import type { ListedVersion } from '../repository/listing.ts';
import type { Labels } from '../repository/repository.ts';
import { versionsNamedBy, type TrafficRecord } from '../repository/traffic/traffic-record.ts';
import {
  isAtRest,
  missedListingsUntilGone,
  unloadedVersion,
  type KnownVersion,
} from './known-version.ts';
import { awaitedOf, viewOf } from './model-view.ts';
import type { Reason } from './quarantine.ts';
import type { ModelView } from './policy/version-view.ts';
import { ServedLabels } from './served-labels.ts';
import { isOut, transition, type VersionEvent } from './policy/version-state.ts';

/** The state of one model in this process. It decides nothing and reads no store. */
export class KnownModel {
  readonly model: string;
  readonly versions = new Map<number, KnownVersion>();
  labels: Readonly<Record<string, number>> = {};
  etag: string | undefined;
  /** The revision of `traffic` that the labels announce. */
  trafficRevision = 0;
  /** How often something of it was deleted or taken back, as the labels say. */
  deletions = 0;
  /** Who answers for production, where it is not one version for all. */
  traffic: TrafficRecord | undefined;
  /** Why the last poll of this model failed, if it did. */
  pollFailure: Reason | undefined;
  /** What its policy says of loading, and the etag of that. */
  rules: Pick<ReleasePolicy, 'load' | 'limits'> = {};
  policyEtag: string | undefined;
  /** Versions that calls have loaded, where nothing else loads any. */
  readonly called = new Set<number>();
  readonly served = new ServedLabels();
  readonly #deleted = new Set<number>();

  constructor(model: string) {
    this.model = model;
  }

  /** Whether anything of it is in memory, on its way there, or out of it. */
  get isInMemory(): boolean {
    return [...this.versions.values()].some(({ state }) => !isOut(state));
  }

  get isEmpty(): boolean {
    return this.versions.size === 0;
  }

  setLabels({ labels, etag, trafficRevision = 0, deletions = 0 }: Labels): void {
    this.labels = labels;
    this.etag = etag;
    this.trafficRevision = trafficRevision;
    this.deletions = deletions;
  }

  /** What its policy says of loading. */
  setRules({ load, limits }: Pick<ReleasePolicy, 'load' | 'limits'>, etag?: string): void {
    this.rules = { ...(load && { load }), ...(limits && { limits }) };
    this.policyEtag = etag;
  }

  /** Adds versions that the repository lists. */
  addVersions(listed: readonly number[]): void {
    for (const version of listed) {
      const known = this.versions.get(version);
      if (known) known.missedListings = 0;
      else this.versions.set(version, unloadedVersion(this.model, version));
      this.#deleted.delete(version);
    }
  }

  /** How many bytes the files of listed versions have. */
  setSizes(listed: readonly ListedVersion[]): void {
    for (const { version, bytes } of listed) {
      const known = this.versions.get(version);
      if (known) known.fileBytes = bytes;
    }
  }

  /** Replaces the listing of versions; a known version that it does not contain counts as missing once more. */
  setVersions(listed: readonly number[], deleted: readonly number[] = []): void {
    this.addVersions(listed);
    this.withdrawDeleted(deleted);
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

  /** A version that the repository does not have in this form counts as gone, and answers no more. */
  withdraw(version: number): void {
    const known = this.versions.get(version);
    if (known) {
      known.missedListings = missedListingsUntilGone;
      known.isReplaced = true;
      this.served.forget(version);
    }
    this.removeGone();
  }

  /** Versions that somebody deleted answer no more, whatever names them, and are looked for nowhere. */
  withdrawDeleted(deleted: readonly number[]): void {
    for (const version of deleted) {
      this.#deleted.add(version);
      this.withdraw(version);
    }
  }

  /** Versions that labels name and that are gone from the repository, as far as none of them is known to be kept. */
  missingTargets(): number[] {
    const targets = new Set(this.relied());
    return [...targets].filter((version) => {
      if (this.#deleted.has(version)) return false;
      const known = this.versions.get(version);
      return known === undefined || (!isAtRest(known) && !known.isKept && !known.isReplaced);
    });
  }

  /** A version that a label names and no listing has is kept on this machine. */
  addKept(version: number): void {
    const known = this.versions.get(version) ?? unloadedVersion(this.model, version);
    known.isKept = true;
    if (!this.versions.has(version)) known.missedListings = missedListingsUntilGone;
    this.versions.set(version, known);
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
      if (isAtRest(known) || !isOut(known.state)) continue;
      const isRelied = this.relied().includes(known.version);
      if (!(known.isKept && isRelied && !known.isReplaced)) this.versions.delete(known.version);
    }
  }

  apply(known: KnownVersion, event: VersionEvent): void {
    known.state = transition(known.state, event);
  }

  /**
   * Follows labels and states (`served-labels.ts`). Returns the default version before and after, when it changed.
   */
  updateServing(): ReturnType<ServedLabels['update']> {
    return this.served.update({
      labels: this.labels,
      isReady: (version) => this.isReady(version),
      highestReady: () => this.#highestReady(),
    });
  }

  /** The version a label points at. Labels come from outside: "constructor" is one like any other. */
  target(label: string): number | undefined {
    return Object.hasOwn(this.labels, label) ? this.labels[label] : undefined;
  }

  /** The version that answers: for a label, or by default (`production`, else the highest READY one). */
  serving(label?: string): number | undefined {
    return label === undefined ? this.served.byDefault : this.served.of(label);
  }

  /** The version that answers, if it is still known. */
  servingVersion(label?: string): KnownVersion | undefined {
    const serving = this.serving(label);
    return serving === undefined ? undefined : this.versions.get(serving);
  }

  /** The versions that the traffic rules name, by their number or by a label. */
  routedVersions(): number[] {
    return versionsNamedBy(this.traffic?.rules, (label) => this.target(label));
  }

  isReady(version: number): boolean {
    return this.versions.get(version)?.state === 'READY';
  }

  /** The labels that a version serves now. */
  labelsServedBy(version: number): string[] {
    return this.served.labelsOf(version);
  }

  /** The version that shall answer by default, while it is neither READY nor known not to load. */
  awaited(now: number): number | undefined {
    return awaitedOf(this, now);
  }

  view(now: number): ModelView {
    return viewOf(this, now);
  }

  /** `latest` follows publishing, and is nobody's decision. */
  relied(): number[] {
    const named = [...Object.entries(this.labels), ...this.served.entries()].filter(
      ([label]) => label !== latestLabel,
    );
    const { byDefault } = this.served;
    const versions = [...named.map(([, version]) => version), ...this.routedVersions()];
    return byDefault === undefined ? versions : [...versions, byDefault];
  }

  /** Of those that are still in the repository; where none of them is READY, of those that are gone. */
  #highestReady(): number | undefined {
    const ready = [...this.versions.values()].filter(({ state }) => state === 'READY');
    const atRest = ready.filter(isAtRest);
    const numbers = (atRest.length > 0 ? atRest : ready).map(({ version }) => version);
    return numbers.length > 0 ? Math.max(...numbers) : undefined;
  }
}

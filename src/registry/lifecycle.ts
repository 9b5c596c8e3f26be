import { errors, notify } from '../errors.ts';
import { whyNotReady, whyNotServing } from './describe.ts';
import type { KnownModel } from './known-model.ts';
import type { KnownVersion } from './known-version.ts';
import { notLoaded, notReady } from './load-refusal.ts';
import type { VersionLoader } from './load-version.ts';
import type { Lease } from './loaded-version.ts';
import type { RegistryEvents } from './registry-events.ts';
import { loadableFor } from './model-view.ts';
import { createRetryTimer } from './quarantine.ts';
import { createVersionChanges, type VersionChanges } from './version-changes.ts';
import { nextActions } from './policy/version-policy.ts';
import { isOut, type VersionEvent } from './policy/version-state.ts';
import type { AwaitedVersion, VersionPolicy } from './policy/version-view.ts';

export interface LifecycleOptions {
  readonly models: ReadonlyMap<string, KnownModel>;
  readonly loader: VersionLoader;
  readonly policy: VersionPolicy;
  /** What the server's readiness waits for. */
  readonly awaited?: () => readonly AwaitedVersion[];
  readonly on: RegistryEvents;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Loads and unloads versions until what is loaded is what the policy wants, and keeps their states. */
export interface VersionLifecycle {
  /** Starts loads and unloads until nothing is left to load; unloads may end later. Never rejects. */
  converge(): Promise<void>;
  /** A lease on exactly this version, which is loaded first when it is not. Rejects with GLIMPSE_MODEL_NOT_READY. */
  leaseOnDemand(known: KnownVersion): Promise<Lease>;
  /**
   * A lease on the version that answers for a label, or by default; where none does, that which shall is loaded first, if it
   * was unloaded or never asked for. Rejects like the other.
   */
  leaseServing(model: KnownModel, label: string | undefined): Promise<Lease>;
  /** Allows quarantined versions to be loaded again when their manifest has changed. */
  retryChanged(signal: AbortSignal): Promise<void>;
  /** Serves by the labels that were just read. */
  updateServing(model: KnownModel): void;
  /** Waits for loads under way, then drains and closes every version. */
  close(): Promise<void>;
}

export function createLifecycle(options: LifecycleOptions): VersionLifecycle {
  return new ReconcilingLifecycle(options);
}

class ReconcilingLifecycle implements VersionLifecycle {
  readonly #options: LifecycleOptions;
  readonly #closing = new AbortController();
  readonly #changes: VersionChanges;
  #uses = 0;
  readonly #retry = createRetryTimer(() => void this.converge());
  /** The time that the last choice of what to load was made by. */
  #actedAt = 0;
  /** Versions whose loads wait for others to leave their memory. */
  #held: ReadonlySet<KnownVersion> = new Set();
  /** Versions that requests wait for and that there is no room for yet, in the order in which they came. */
  readonly #waiting = new Set<KnownVersion>();
  #isSettling = false;
  #settled = Promise.resolve();
  /** Called at the next end of a load or an unload, in the order in which they came. */
  #awaitingChange: (() => void)[] = [];

  constructor(options: LifecycleOptions) {
    this.#options = options;
    const { loader, on, now } = options;
    this.#changes = createVersionChanges({
      loader,
      on,
      now,
      closing: this.#closing.signal,
      transition: (known, event) => this.#transition(known, event),
    });
  }

  converge(): Promise<void> {
    for (const model of this.#options.models.values()) this.updateServing(model);
    this.#act();
    if (!this.#isSettling) {
      this.#isSettling = true;
      this.#settled = this.#settle();
    }
    return this.#settled;
  }

  async leaseOnDemand(known: KnownVersion): Promise<Lease> {
    this.#touch(known);
    // A version that is UNLOADING is waited for and loaded again, which takes a second round.
    for (let round = 0; round < 3; round += 1) {
      if (this.#closing.signal.aborted) throw new errors.GLIMPSE_DRAINING();
      // Nothing is awaited between the check and the lease, so that nobody can unload it in between.
      if (known.state === 'READY' && known.loaded) return known.loaded.lease();
      if (known.failure && known.failure.retryAt > this.#options.now()) throw notReady(known);
      // Others may have been asked for while it was waited for; it still is.
      if (round > 0) this.#touch(known);
      if (isOut(known.state)) await this.#startOnDemand(known);
      await known.change;
    }
    if (known.state === 'READY' && known.loaded) return known.loaded.lease();
    throw notReady(known);
  }

  async leaseServing(model: KnownModel, label: string | undefined): Promise<Lease> {
    if (label !== undefined && model.target(label) === undefined) {
      throw new errors.GLIMPSE_LABEL_NOT_FOUND(model.model, label);
    }
    const known = model.servingVersion(label);
    if (known?.loaded) {
      this.#touch(known);
      return known.loaded.lease();
    }
    const absent = known ?? loadableFor(model, label, this.#options.now());
    if (absent && this.#mayBeAskedFor(absent)) return await this.leaseOnDemand(absent);
    const reason =
      label === undefined ? whyNotServing(model) : whyNotReady(model, model.target(label)!, label);
    throw new errors.GLIMPSE_MODEL_NOT_READY(model.model, reason ?? 'it is not loaded.');
  }

  async retryChanged(signal: AbortSignal): Promise<void> {
    for (const known of this.#all()) {
      const { model, version, failure } = known;
      if (!failure?.isQuarantine) continue;
      const fingerprint = await this.#options.loader.fingerprint(model, version, signal);
      if (fingerprint !== undefined && fingerprint !== failure.fingerprint) {
        known.failure = undefined;
      }
    }
  }

  updateServing(model: KnownModel): void {
    const change = model.updateServing();
    const { before, after } = change ?? {};
    if (before === undefined || after === undefined) return;
    notify(() => this.#options.on.onReload?.({ model: model.model, before, after }));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#retry.clear();
    await Promise.all(this.#inState('LOADING').map(({ change }) => change));
    for (const known of this.#inState('READY')) this.#changes.unload(known);
    await Promise.all(this.#inState('UNLOADING').map(({ change }) => change));
  }

  /** Acts after every end of a load, until none is under way or waits for memory. All who converge share it. */
  async #settle(): Promise<void> {
    while (this.#isLoading()) {
      await this.#nextChange();
      // Whoever has waited longest comes first.
      for (const known of [...this.#waiting].toReversed()) this.#touch(known);
      this.#act();
    }
    // At once, so that whoever converges from now on starts anew.
    this.#isSettling = false;
    // By the time of that choice: a version whose own came since then would be passed over by both.
    if (!this.#closing.signal.aborted) this.#retry.set(this.#all(), this.#actedAt);
  }

  /** Whether loads are under way, or wait for versions to leave the memory. */
  #isLoading(): boolean {
    const isAwaited = this.#held.size > 0 || this.#waiting.size > 0;
    return this.#inState('LOADING').length > 0 || (isAwaited && this.#isChanging());
  }

  #isChanging(): boolean {
    return this.#inState('LOADING').length > 0 || this.#inState('UNLOADING').length > 0;
  }

  /** Those used least recently are unloaded first. */
  #touch(known: KnownVersion): void {
    this.#uses += 1;
    known.lastUsed = this.#uses;
  }

  /** Whether a request may have it loaded that does not name it: else it is on its way by itself, or by nobody's wish. */
  #mayBeAskedFor({ model, state, isOnDemand }: KnownVersion): boolean {
    const { byCalls = false, isPreloaded = () => true } = this.#options.policy;
    const comesByItself = isPreloaded(model);
    return !byCalls && (state !== 'LOADING' || isOnDemand || !comesByItself);
  }

  /** Starts the load of a version on demand; versions beyond the limits are unloaded for it. */
  async #startOnDemand(known: KnownVersion): Promise<void> {
    known.isOnDemand = true;
    // It starts the load before its first await, and unloads the versions beyond the limit once that is over.
    void this.converge();
    this.#waiting.add(known);
    while (isOut(known.state) && !known.failure && this.#isChanging()) await this.#nextChange();
    this.#waiting.delete(known);
    if (!isOut(known.state) || known.failure) return;
    known.isOnDemand = false;
    if (this.#closing.signal.aborted) throw new errors.GLIMPSE_DRAINING();
    const { models, policy, now } = this.#options;
    throw notLoaded(known, models.get(known.model), policy, now());
  }

  /** Starts whatever the policy names now. */
  #act(): void {
    this.#held = new Set();
    if (this.#closing.signal.aborted) return;
    const { models, policy, now, awaited } = this.#options;
    this.#actedAt = now();
    const views = [...models.values()].map((model) => model.view(this.#actedAt));
    const held = new Set<KnownVersion>();
    for (const { kind, model, version } of nextActions(views, policy, awaited?.())) {
      const known = models.get(model)!.versions.get(version)!;
      if (kind === 'hold') held.add(known);
      else {
        this.#changes[kind](known);
        // After those who wait for it: they have it before anybody decides that it makes room for others.
        void known.change.then(() => this.#announceChange());
      }
    }
    this.#held = held;
  }

  #transition(known: KnownVersion, event: VersionEvent): void {
    const { models, on } = this.#options;
    // A model stays as long as it has versions.
    const model = models.get(known.model)!;
    model.apply(known, event);
    notify(() => on.onState?.({ model: known.model, version: known.version, state: known.state }));
    this.updateServing(model);
    model.removeGone();
  }

  #announceChange(): void {
    for (const wake of this.#awaitingChange.splice(0)) wake();
  }

  #nextChange(): Promise<void> {
    return new Promise((resolve) => this.#awaitingChange.push(resolve));
  }

  *#all(): Generator<KnownVersion> {
    for (const { versions } of this.#options.models.values()) yield* versions.values();
  }

  #inState(state: KnownVersion['state']): KnownVersion[] {
    return [...this.#all()].filter((known) => known.state === state);
  }
}

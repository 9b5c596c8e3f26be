import { errors, notify, warn, withDetails } from '../errors.ts';
import type { KnownModel, KnownVersion } from './known-model.ts';
import type { VersionLoader } from './load-version.ts';
import type { Lease } from './loaded-version.ts';
import { asDetails, reasonOf, failureAfter } from './quarantine.ts';
import type { RegistryEvents } from './registry-events.ts';
import { nextActions, type VersionPolicy } from './version-policy.ts';
import type { VersionEvent } from './version-state.ts';

export interface LifecycleOptions {
  readonly models: ReadonlyMap<string, KnownModel>;
  readonly loader: VersionLoader;
  readonly policy: VersionPolicy;
  readonly on: RegistryEvents;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Brings what is loaded into line with what is known and wished, and keeps the states while it does. */
export interface VersionLifecycle {
  /** Acts until nothing is left to load; drains of old versions go on behind it. Never rejects. */
  converge(): Promise<void>;
  /** A lease on exactly this version, which is loaded for it if need be. Rejects with GLIMPSE_MODEL_NOT_READY. */
  demand(known: KnownVersion): Promise<Lease>;
  /** Gives versions that were set aside another chance when their manifest has changed. */
  reconsider(signal: AbortSignal): Promise<void>;
  /** Lets labels that were just read take effect. */
  settle(model: KnownModel): void;
  /** Remembers that a version is in use: those used least recently are unloaded first. */
  touch(known: KnownVersion): void;
  /** Waits for loads under way, then drains and closes every version. */
  close(): Promise<void>;
}

export function createLifecycle(options: LifecycleOptions): VersionLifecycle {
  return new ReconcilingLifecycle(options);
}

class ReconcilingLifecycle implements VersionLifecycle {
  readonly #options: LifecycleOptions;
  readonly #closing = new AbortController();
  #uses = 0;
  #retry: NodeJS.Timeout | undefined;

  constructor(options: LifecycleOptions) {
    this.#options = options;
  }

  async converge(): Promise<void> {
    for (const model of this.#options.models.values()) this.settle(model);
    for (;;) {
      this.#act();
      const loading = this.#inState('LOADING').map(({ change }) => change);
      if (loading.length === 0) break;
      await Promise.race(loading);
    }
    this.#armRetry();
  }

  async demand(known: KnownVersion): Promise<Lease> {
    this.touch(known);
    // A version that is just being unloaded is waited for and loaded afresh; so the loop.
    for (let round = 0; round < 3; round += 1) {
      if (this.#closing.signal.aborted) throw new errors.GLIMPSE_DRAINING();
      // Found READY and leased in one go: between the two nobody can unload it.
      if (known.state === 'READY' && known.loaded) return known.loaded.lease();
      if (known.failure && known.failure.retryAt > this.#options.now()) throw notReady(known);
      if (known.state === 'UNAVAILABLE') this.#admit(known);
      await known.change;
    }
    if (known.state === 'READY' && known.loaded) return known.loaded.lease();
    throw notReady(known);
  }

  async reconsider(signal: AbortSignal): Promise<void> {
    for (const known of this.#all()) {
      const { model, version, failure } = known;
      if (!failure?.isQuarantine) continue;
      const fingerprint = await this.#options.loader.fingerprint(model, version, signal);
      if (fingerprint !== undefined && fingerprint !== failure.fingerprint) {
        known.failure = undefined;
      }
    }
  }

  settle(model: KnownModel): void {
    const moved = model.settleServing();
    const { before, after } = moved ?? {};
    if (before === undefined || after === undefined) return;
    notify(() => this.#options.on.onReload?.({ model: model.model, before, after }));
  }

  touch(known: KnownVersion): void {
    this.#uses += 1;
    known.lastUsed = this.#uses;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#retry);
    await Promise.all(this.#inState('LOADING').map(({ change }) => change));
    for (const known of this.#inState('READY')) this.#unload(known);
    await Promise.all(this.#inState('UNLOADING').map(({ change }) => change));
  }

  /** Starts the load of a version on demand; what has to make room for it is unloaded behind it. */
  #admit(known: KnownVersion): void {
    known.isOnDemand = true;
    // Starts the load before it first waits, and goes on to unload what is too many once that is over.
    void this.converge();
    if (known.state !== 'UNAVAILABLE') return;
    known.isOnDemand = false;
    const { maxLoadedVersions } = this.#options.policy;
    const reason = `all ${maxLoadedVersions} places for loaded versions are taken (GLIMPSE_MAX_LOADED_VERSIONS).`;
    throw new errors.GLIMPSE_MODEL_NOT_READY(known.model, reason);
  }

  /** Starts whatever the policy names now. */
  #act(): void {
    if (this.#closing.signal.aborted) return;
    const { models, policy, now } = this.#options;
    const views = [...models.values()].map((model) => model.view(now()));
    for (const { kind, model, version } of nextActions(views, policy)) {
      const known = models.get(model)?.versions.get(version);
      if (!known) continue;
      if (kind === 'load') this.#load(known);
      else this.#unload(known);
    }
  }

  #load(known: KnownVersion): void {
    this.#enter(known, 'load');
    known.change = this.#bringUp(known);
  }

  async #bringUp(known: KnownVersion): Promise<void> {
    const { loader, on } = this.#options;
    const { model, version } = known;
    const startedAt = performance.now();
    const seconds = (): number => (performance.now() - startedAt) / 1000;
    try {
      known.loaded = await loader.load(model, version, this.#closing.signal);
      known.failure = undefined;
      notify(() => on.onLoad?.({ model, version, outcome: 'loaded', seconds: seconds() }));
      this.#enter(known, 'loaded');
    } catch (error) {
      await this.#recordSetback(known, error);
      notify(() => on.onLoad?.({ model, version, outcome: 'failed', seconds: seconds(), error }));
      this.#enter(known, 'failed');
    }
  }

  async #recordSetback(known: KnownVersion, error: unknown): Promise<void> {
    const { loader, on, now } = this.#options;
    const { signal } = this.#closing;
    if (signal.aborted) return;
    const { model, version } = known;
    const fingerprint = await loader.fingerprint(model, version, signal);
    known.failure = failureAfter(error, known.failure, now(), fingerprint);
    known.isOnDemand = false;
    if (known.failure.isQuarantine) {
      notify(() => on.onQuarantine?.({ model, version, reason: reasonOf(error) }));
    }
  }

  #unload(known: KnownVersion): void {
    this.#enter(known, 'unload');
    known.change = this.#takeDown(known);
  }

  async #takeDown(known: KnownVersion): Promise<void> {
    try {
      await known.loaded?.close();
    } catch (error) {
      // The model is out of reach whether or not its memory was freed cleanly.
      warn(error);
    }
    known.loaded = undefined;
    known.isOnDemand = false;
    this.#enter(known, 'unloaded');
  }

  #enter(known: KnownVersion, event: VersionEvent): void {
    const { models, on } = this.#options;
    const model = models.get(known.model);
    model?.apply(known, event);
    notify(() => on.onState?.({ model: known.model, version: known.version, state: known.state }));
    if (model) this.settle(model);
    if (event === 'unloaded') model?.forgetGone();
  }

  /** Wakes up when the next version that could not be loaded may be tried again. */
  #armRetry(): void {
    clearTimeout(this.#retry);
    if (this.#closing.signal.aborted) return;
    const now = this.#options.now();
    const due = [...this.#all()]
      .map(({ failure }) => failure?.retryAt ?? 0)
      .filter((at) => at > now);
    if (due.length === 0) return;
    this.#retry = setTimeout(() => void this.converge(), Math.min(...due) - now).unref();
  }

  *#all(): Generator<KnownVersion> {
    for (const { versions } of this.#options.models.values()) yield* versions.values();
  }

  #inState(state: KnownVersion['state']): KnownVersion[] {
    return [...this.#all()].filter((known) => known.state === state);
  }
}

function notReady(known: KnownVersion): Error {
  const { model, version, failure } = known;
  const sentence = failure?.message ?? 'it was unloaded again at once.';
  return withDetails(
    new errors.GLIMPSE_MODEL_NOT_READY(model, `version ${version}: ${sentence}`),
    failure ? asDetails(failure) : {},
  );
}

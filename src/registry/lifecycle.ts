import { errors, notify, warn, withDetails } from '../errors.ts';
import { whyNotReady, whyNotServing } from './describe.ts';
import type { KnownModel } from './known-model.ts';
import type { KnownVersion } from './known-version.ts';
import type { VersionLoader } from './load-version.ts';
import type { Lease } from './loaded-version.ts';
import { asDetails, reasonOf, failureAfter } from './quarantine.ts';
import type { RegistryEvents } from './registry-events.ts';
import { nextActions, type AwaitedVersion, type VersionPolicy } from './version-policy.ts';
import { isOut, type VersionEvent } from './version-state.ts';

export interface LifecycleOptions {
  readonly models: ReadonlyMap<string, KnownModel>;
  readonly loader: VersionLoader;
  readonly policy: VersionPolicy;
  /** What the server's readiness waits for. */
  readonly awaited?: () => AwaitedVersion | undefined;
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
  /** A lease on the version that answers for a label, or by default. Rejects like the other. */
  leaseServing(model: KnownModel, label: string | undefined): Lease;
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
  #uses = 0;
  #retry: NodeJS.Timeout | undefined;

  constructor(options: LifecycleOptions) {
    this.#options = options;
  }

  async converge(): Promise<void> {
    for (const model of this.#options.models.values()) this.updateServing(model);
    for (;;) {
      this.#act();
      const loading = this.#inState('LOADING').map(({ change }) => change);
      if (loading.length === 0) break;
      await Promise.race(loading);
    }
    this.#scheduleRetry();
  }

  async leaseOnDemand(known: KnownVersion): Promise<Lease> {
    this.#touch(known);
    // A version that is UNLOADING is waited for and loaded again, which takes a second round.
    for (let round = 0; round < 3; round += 1) {
      if (this.#closing.signal.aborted) throw new errors.GLIMPSE_DRAINING();
      // Nothing is awaited between the check and the lease, so that nobody can unload it in between.
      if (known.state === 'READY' && known.loaded) return known.loaded.lease();
      if (known.failure && known.failure.retryAt > this.#options.now()) throw notReady(known);
      if (isOut(known.state)) this.#startOnDemand(known);
      await known.change;
    }
    if (known.state === 'READY' && known.loaded) return known.loaded.lease();
    throw notReady(known);
  }

  leaseServing(model: KnownModel, label: string | undefined): Lease {
    if (label !== undefined && model.target(label) === undefined) {
      throw new errors.GLIMPSE_LABEL_NOT_FOUND(model.model, label);
    }
    const known = model.servingVersion(label);
    if (known?.loaded) {
      this.#touch(known);
      return known.loaded.lease();
    }
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
    clearTimeout(this.#retry);
    await Promise.all(this.#inState('LOADING').map(({ change }) => change));
    for (const known of this.#inState('READY')) this.#unload(known);
    await Promise.all(this.#inState('UNLOADING').map(({ change }) => change));
  }

  /** Those used least recently are unloaded first. */
  #touch(known: KnownVersion): void {
    this.#uses += 1;
    known.lastUsed = this.#uses;
  }

  /** Starts the load of a version on demand; versions beyond the limit are unloaded afterwards. */
  #startOnDemand(known: KnownVersion): void {
    known.isOnDemand = true;
    // It starts the load before its first await, and unloads the versions beyond the limit once that is over.
    void this.converge();
    if (!isOut(known.state)) return;
    known.isOnDemand = false;
    throw new errors.GLIMPSE_MODEL_NOT_READY(known.model, 'it is no longer in the repository.');
  }

  /** Starts whatever the policy names now. */
  #act(): void {
    if (this.#closing.signal.aborted) return;
    const { models, policy, now, awaited } = this.#options;
    const views = [...models.values()].map((model) => model.view(now()));
    for (const { kind, model, version } of nextActions(views, policy, awaited?.())) {
      const known = models.get(model)!.versions.get(version)!;
      if (kind === 'load') this.#load(known);
      else this.#unload(known);
    }
  }

  #load(known: KnownVersion): void {
    // What is read now is what the repository has under this number.
    known.isReplaced = false;
    this.#transition(known, 'load');
    known.change = this.#runLoad(known);
  }

  async #runLoad(known: KnownVersion): Promise<void> {
    const { loader, on } = this.#options;
    const { model, version } = known;
    const startedAt = performance.now();
    let waitedMs = 0;
    const onWaited = (ms: number): void => void (waitedMs += ms);
    const seconds = (): number => (performance.now() - startedAt - waitedMs) / 1000;
    try {
      known.loaded = await loader.load(model, version, this.#closing.signal, onWaited);
      known.failure = undefined;
      notify(() => on.onLoad?.({ model, version, outcome: 'loaded', seconds: seconds() }));
      this.#transition(known, 'loaded');
    } catch (error) {
      await this.#recordFailure(known, error);
      notify(() => on.onLoad?.({ model, version, outcome: 'failed', seconds: seconds(), error }));
      this.#transition(known, 'failed');
    }
  }

  async #recordFailure(known: KnownVersion, error: unknown): Promise<void> {
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
    this.#transition(known, 'unload');
    known.change = this.#runUnload(known);
  }

  async #runUnload(known: KnownVersion): Promise<void> {
    try {
      await known.loaded!.close();
    } catch (error) {
      // The version is no longer served whether or not its memory was freed cleanly.
      warn(error);
    }
    known.loaded = undefined;
    known.isOnDemand = false;
    this.#transition(known, 'unloaded');
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

  /** Sets the timer for the next version whose load may be tried again. */
  #scheduleRetry(): void {
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

import { randomInt } from 'node:crypto';
import type { BatchingOptions } from '../batching/batching-options.ts';
import { errors, notify } from '../errors.ts';
import type { LoadModelOptions } from '../loading/load-model.ts';
import { createRandom } from '../random.ts';
import { isModelName } from '../repository/names.ts';
import type { LabelChange, MovedLabel, Repository } from '../repository/repository.ts';
import {
  describeModel,
  describeStatus,
  whyNotReady,
  whyNotServing,
  type ModelState,
  type VersionDescription,
} from './describe.ts';
import { createLifecycle, type VersionLifecycle } from './lifecycle.ts';
import type { KnownModel, KnownVersion } from './known-model.ts';
import { createVersionLoader } from './load-version.ts';
import type { Lease } from './loaded-version.ts';
import { readinessOf, type Readiness } from './readiness.ts';
import type { RegistryEvents } from './registry-events.ts';
import { lookUpModel, pollRepository } from './poll-repository.ts';
import { createOnDemandLookup, type OnDemandLookup } from './on-demand-lookup.ts';
import type { VersionPolicy } from './version-policy.ts';
import { createPoller, type Poller } from './poller.ts';

export interface RegistryOptions {
  readonly repository: Repository;
  readonly loadRuntime: LoadModelOptions['loadRuntime'];
  readonly prepareGolden: LoadModelOptions['prepareGolden'];
  readonly batching: BatchingOptions;
  readonly policy: VersionPolicy;
  readonly polling: { readonly pollIntervalMs: number; readonly rescanIntervalMs: number };
  /** The model that must answer for this process to be ready. */
  readonly defaultModel: string;
  readonly on?: RegistryEvents;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export type Selector = { readonly version: number } | { readonly label: string };

/** The versions that are loaded in this process, and how they follow those at rest. */
export interface Registry {
  /**
   * Polls the repository, loads what should be loaded, then keeps polling. Resolves after the first
   * poll and its loads, also when they failed (see `readiness`): a server starts without its store.
   */
  start(): Promise<void>;
  /** Polls now; resolves when what was found is loaded or has failed. Never rejects. */
  reconcile(): Promise<void>;
  /**
   * Looks up what was just published: resolves when the model, version or label is known and loaded, or when
   * it was not found. One lookup of a model a second, and a bounded number of models. Never rejects.
   */
  lookUp(model: string, selector?: Selector): Promise<void>;
  /**
   * A lease on a version that is READY; what is not known is looked up first. Without a selector: the label
   * `production`, else the highest READY version. A version selected by its number is loaded when it is not. A label
   * whose version cannot be loaded is served by the version it pointed at before.
   */
  lease(model: string, selector?: Selector): Promise<Lease>;
  describe(): ModelState[];
  describeModel(model: string): ModelState;
  describeVersion(model: string, version: number): Promise<VersionDescription>;
  /** Through the repository; resolves when the version it points at is loaded or has failed. */
  setLabel(change: LabelChange): Promise<MovedLabel>;
  readiness(): Readiness;
  /** Refuses new leases, waits for those that are out, closes every version. */
  close(): Promise<void>;
}

export function createRegistry(options: RegistryOptions): Registry {
  return new PollingRegistry(options);
}

class PollingRegistry implements Registry {
  readonly #options: RegistryOptions;
  readonly #models = new Map<string, KnownModel>();
  readonly #lifecycle: VersionLifecycle;
  readonly #poller: Poller;
  readonly #lookup: OnDemandLookup;
  readonly #closing = new AbortController();
  #hasStarted = false;
  #closed: Promise<void> | undefined;

  constructor(options: RegistryOptions) {
    this.#options = options;
    const { repository, on = {}, now = Date.now } = options;
    const loader = createVersionLoader(options);
    const models = this.#models;
    this.#lifecycle = createLifecycle({ models, loader, policy: options.policy, on, now });
    this.#poller = createPoller({
      ...options.polling,
      random: createRandom(randomInt(2 ** 31)),
      poll: async (kind, signal) => {
        await pollRepository(repository, models, kind, signal);
        if (kind === 'everything') await this.#lifecycle.retryChanged(signal);
      },
      onPolled: (error) => this.#onPolled(error),
    });
    this.#lookup = createOnDemandLookup({ lookUp: (model) => this.#lookUp(model), now });
  }

  async start(): Promise<void> {
    await this.reconcile();
  }

  async reconcile(): Promise<void> {
    await this.#poller.pollNow();
    await this.#converge();
  }

  async lookUp(model: string, selector?: Selector): Promise<void> {
    // Before the first poll every model is unknown, and a store that does not answer would only keep callers waiting.
    const canLookUp = this.#poller.hasPolledAll && !this.#poller.failure && !this.#closed;
    if (!canLookUp || !isModelName(model) || this.#knows(model, selector)) return;
    await this.#lookup.lookUp(model);
  }

  async lease(model: string, selector?: Selector): Promise<Lease> {
    if (!this.#knows(model, selector)) await this.lookUp(model, selector);
    if (this.#closed) throw new errors.GLIMPSE_DRAINING();
    const known = this.#model(model);
    if (selector && 'version' in selector) return await this.#leaseVersion(known, selector.version);
    return this.#leaseServing(known, selector?.label);
  }

  describe(): ModelState[] {
    return [...this.#models.values()]
      .filter((model) => !model.isEmpty)
      .map(describeModel)
      .sort((a, b) => (a.model < b.model ? -1 : 1));
  }

  describeModel(model: string): ModelState {
    return describeModel(this.#model(model));
  }

  async describeVersion(model: string, version: number): Promise<VersionDescription> {
    await this.lookUp(model, { version });
    const known = this.#model(model);
    const found = this.#version(known, version);
    const manifest =
      found.loaded?.manifest ??
      (await this.#options.repository.manifest(model, version).catch(() => undefined));
    return { model, ...describeStatus(known, found), manifest };
  }

  async setLabel(change: LabelChange): Promise<MovedLabel> {
    const labels = await this.#options.repository.setLabel(change);
    const known = this.#models.get(change.model);
    // Who points a label at a version that failed here wants it tried again.
    const target = change.version === null ? undefined : known?.versions.get(change.version);
    if (target) target.failure = undefined;
    known?.setLabels(labels);
    await this.reconcile();
    return labels;
  }

  readiness(): Readiness {
    return readinessOf({
      models: this.#models,
      defaultModel: this.#options.defaultModel,
      repository: this.#options.repository.name,
      hasStarted: this.#hasStarted,
      storeFailure: this.#poller.failure,
      isClosing: this.#closed !== undefined,
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  async #shutDown(): Promise<void> {
    this.#closing.abort();
    await this.#poller.close();
    await this.#lifecycle.close();
  }

  #onPolled(error: Error | undefined): void {
    const { on = {} } = this.#options;
    notify(() => on.onPoll?.(error ? { outcome: 'failed', error } : { outcome: 'ok' }));
    void this.#converge();
  }

  /** Reads one model, and waits for the loads of its versions that this leads to. */
  async #lookUp(model: string): Promise<void> {
    await lookUpModel(this.#options.repository, this.#models, model, this.#closing.signal);
    void this.#converge();
    const versions = this.#models.get(model)?.versions.values() ?? [];
    await Promise.all([...versions].map(({ change }) => change));
  }

  #knows(model: string, selector: Selector | undefined): boolean {
    const known = this.#models.get(model);
    if (!known || known.isEmpty) return false;
    if (selector === undefined) return true;
    return 'version' in selector
      ? known.versions.has(selector.version)
      : known.target(selector.label) !== undefined;
  }

  async #converge(): Promise<void> {
    await this.#lifecycle.converge();
    this.#hasStarted ||= this.#poller.hasPolledAll;
  }

  #model(model: string): KnownModel {
    const known = this.#models.get(model);
    if (known && (!known.isEmpty || known.pollFailure)) return known;
    if (this.#poller.hasPolledAll) throw new errors.GLIMPSE_MODEL_NOT_FOUND(model);
    throw new errors.GLIMPSE_MODEL_NOT_READY(model, 'the repository was not read yet.');
  }

  #version(model: KnownModel, version: number): KnownVersion {
    const known = model.versions.get(version);
    if (!known) throw new errors.GLIMPSE_VERSION_NOT_FOUND(model.model, version);
    return known;
  }

  async #leaseVersion(model: KnownModel, version: number): Promise<Lease> {
    return await this.#lifecycle.leaseOnDemand(this.#version(model, version));
  }

  #leaseServing(model: KnownModel, label: string | undefined): Lease {
    const target = label === undefined ? undefined : model.target(label);
    if (label !== undefined && target === undefined) {
      throw new errors.GLIMPSE_LABEL_NOT_FOUND(model.model, label);
    }
    const serving = model.serving(label);
    const known = serving === undefined ? undefined : model.versions.get(serving);
    if (known?.loaded) {
      this.#lifecycle.touch(known);
      return known.loaded.lease();
    }
    const reason =
      label !== undefined && target !== undefined
        ? whyNotReady(model, target, label)
        : whyNotServing(model);
    throw new errors.GLIMPSE_MODEL_NOT_READY(model.model, reason ?? 'it is not loaded.');
  }
}

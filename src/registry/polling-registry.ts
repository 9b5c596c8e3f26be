import { randomInt } from 'node:crypto';
import { errors, notify } from '../errors.ts';
import { createRandom } from '../random.ts';
import { isModelName } from '../repository/names.ts';
import type { LabelChange, MovedLabel, Repository } from '../repository/repository.ts';
import {
  describeModel,
  describeVersion,
  type ModelState,
  type VersionDescription,
} from './describe.ts';
import { openFreshness, type Freshness } from './freshness.ts';
import { readKeptVersions, withdrawReplaced } from './kept-versions.ts';
import { createModelControl } from './control/model-control.ts';
import { createLifecycle, type VersionLifecycle } from './lifecycle.ts';
import type { KnownModel } from './known-model.ts';
import { awaitedVersions, findModel, findVersion } from './known-models.ts';
import type { KnownVersion } from './known-version.ts';
import { createVersionLoader } from './load-version.ts';
import type { Lease } from './loaded-version.ts';
import { readinessOf, type Readiness } from './readiness.ts';
import { lookUpModel } from './polling/poll-repository.ts';
import { createRepositoryPolls, type RepositoryPolls } from './polling/repository-polls.ts';
import { createModelDeletions } from './control/model-deletions.ts';
import { createModelDocuments } from './model-documents.ts';
import { queuesOf, routeOf, type Route, type StickyValue } from './traffic-route.ts';
import { createOnDemandLookup, type OnDemandLookup } from './polling/on-demand-lookup.ts';
import { createPoller, type Poller, type PollKind } from './polling/poller.ts';
import type { AwaitedVersion } from './policy/version-view.ts';
import type { Registry, RepositoryFreshness, RegistryOptions, Selector } from './registry.ts';

/** The registry of `registry.ts`, which polls its repository. */
export function createRegistry(options: RegistryOptions): Registry {
  return new PollingRegistry(options);
}

class PollingRegistry implements Registry {
  readonly queues: Registry['queues'] = (...of) => queuesOf(this.#models, ...of);
  readonly policies: Registry['policies'];
  readonly history: Registry['history'];
  readonly traffic: Registry['traffic'];
  readonly approvals: Registry['approvals'];
  readonly control: Registry['control'];
  readonly deletions: Registry['deletions'];
  readonly #options: RegistryOptions;
  readonly #models = new Map<string, KnownModel>();
  readonly #lifecycle: VersionLifecycle;
  readonly #poller: Poller;
  readonly #polls: RepositoryPolls;
  readonly #lookup: OnDemandLookup;
  readonly #freshness: Freshness;
  /** The repository, or what is kept of it while it does not answer. */
  readonly #reading: Repository;
  readonly #closing = new AbortController();
  #hasStarted = false;
  #closed: Promise<void> | undefined;

  constructor(options: RegistryOptions) {
    this.#options = options;
    const { repository, on = {}, now = Date.now } = options;
    const models = this.#models;
    this.#reading = readKeptVersions(repository, () => this.#freshness.isFromKept);
    const queueLimit = (model: string) => models.get(model)?.rules.limits?.queue;
    const loader = createVersionLoader({ ...options, repository: this.#reading, queueLimit });
    const awaited = (): AwaitedVersion[] => this.#awaited();
    const { policy, control: mode = 'poll' } = options;
    this.#lifecycle = createLifecycle({ models, loader, policy, awaited, on, now });
    this.#poller = createPoller({
      ...options.polling,
      random: createRandom(randomInt(2 ** 31)),
      poll: (kind, signal) => this.#poll(kind, signal),
      onPolled: (error) => this.#onPolled(error),
    });
    this.#freshness = openFreshness(options, models, this.#poller, now);
    const converge = (): void => void this.#lifecycle.converge();
    const changing = mode === 'none' ? new Map<string, KnownModel>() : models;
    const documents = createModelDocuments(repository, changing, this, converge);
    ({ policies: this.policies, history: this.history, traffic: this.traffic } = documents);
    this.approvals = documents.approvals;
    this.deletions = createModelDeletions(repository.deletions, this, this.#isRequired);
    const facts = { models, policy, mode, now };
    this.#polls = createRepositoryPolls({ ...facts, ...options.polling, repository });
    this.control = createModelControl({
      ...facts,
      lifecycle: this.#lifecycle,
      lookUp: (model, selector) => this.lookUp(model, selector),
      find: (model) => this.#model(model),
    });
    this.#lookup = createOnDemandLookup({ lookUp: (model) => this.#lookUp(model), now });
  }

  async start(): Promise<void> {
    const polled = this.#poller.pollNow();
    await this.#freshness.awaitStart(polled);
    await this.#lifecycle.converge();
  }

  async reconcile(): Promise<void> {
    if (!this.#isStill) await this.#poller.pollNow();
    await this.#lifecycle.converge();
  }

  async refresh(model: string): Promise<void> {
    if (this.#isStill) throw new errors.GLIMPSE_NOT_BY_CALLS('none');
    await this.#options.crashLedger?.forget(model);
    this.#models.get(model)?.retryDied();
    await this.reconcile();
  }

  async lookUp(model: string, selector?: Selector): Promise<void> {
    // Before the first poll every model is unknown, and a store that does not answer would only keep callers waiting.
    const isAnswering = this.#poller.hasPolledAll && !this.#poller.failure;
    const canLookUp = isAnswering && !this.#isStill && !this.#closed;
    if (!canLookUp || !isModelName(model) || this.#knows(model, selector)) return;
    await this.#lookup.lookUp(model);
  }

  async lease(model: string, selector?: Selector): Promise<Lease> {
    if (!this.#knows(model, selector)) await this.lookUp(model, selector);
    else if (!this.#isStill) await this.#polls.readUnused(model, this.#closing.signal);
    if (this.#closed) throw new errors.GLIMPSE_DRAINING();
    const known = this.#model(model);
    if (selector && 'version' in selector) {
      return await this.#lifecycle.leaseOnDemand(findVersion(known, selector.version));
    }
    return await this.#lifecycle.leaseServing(known, selector?.label);
  }

  route(model: string, selector: Selector | undefined, sticky: StickyValue): Route | undefined {
    return routeOf(this.#models.get(model), selector, sticky);
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
    return await describeVersion(this.#reading, known, findVersion(known, version));
  }

  async setLabel(change: LabelChange): Promise<MovedLabel> {
    const labels = await this.#options.repository.setLabel(change);
    const known = this.#models.get(change.model);
    // Who points a label at a version that failed here wants it tried again.
    const target = change.version === null ? undefined : known?.versions.get(change.version);
    if (target) target.failure = undefined;
    if (target) await this.#options.crashLedger?.forget(change.model);
    if (!this.#isStill) known?.setLabels(labels);
    this.#freshness.keep();
    await this.reconcile();
    return labels;
  }

  readiness(): Readiness {
    this.#hasStarted ||= this.#isFirstLoadOver();
    return readinessOf({
      models: this.#models,
      defaultModel: this.#options.defaultModel,
      isRequired: this.#isRequired,
      requiredModels: this.#options.requiredModels ?? [],
      repository: this.#options.repository.name,
      hasStarted: this.#hasStarted,
      startingMs: this.#freshness.sinceStartMs,
      storeFailure: this.#poller.failure,
      staleSince: this.freshness().staleSince,
      isClosing: this.#closed !== undefined,
    });
  }

  freshness(): RepositoryFreshness {
    return { seenAt: this.#freshness.seenAt, staleSince: this.#freshness.staleSince() };
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#shutDown());
  }

  async #shutDown(): Promise<void> {
    this.#closing.abort();
    await this.#poller.close();
    await this.#lifecycle.close();
    await this.#freshness.close();
  }

  async #poll(kind: PollKind, signal: AbortSignal): Promise<void> {
    const due = await this.#polls.poll(kind, signal);
    if (due !== 'everything') return;
    await this.#lifecycle.retryChanged(signal);
    if (!this.#freshness.isFromKept) return;
    const replaced = await withdrawReplaced(this.#options.repository, this.#models, signal);
    if (replaced.length > 0) void this.#loadAnew(replaced);
  }

  /** Versions that were withdrawn are listed again once they are out of memory. */
  async #loadAnew(withdrawn: readonly KnownVersion[]): Promise<void> {
    await this.#lifecycle.converge();
    await Promise.all(withdrawn.map(({ change }) => change));
    await this.reconcile();
  }

  #onPolled(error: Error | undefined): void {
    const { on = {} } = this.#options;
    this.#freshness.onPolled(error);
    notify(() => on.onPoll?.(error ? { outcome: 'failed', error } : { outcome: 'ok' }));
    void this.#lifecycle.converge();
  }

  /** Reads one model, and waits for the loads of its versions that this leads to. */
  async #lookUp(model: string): Promise<void> {
    await lookUpModel(this.#options.repository, this.#models, model, this.#closing.signal);
    void this.#lifecycle.converge();
    await this.#models.get(model)?.settled();
  }

  /** The repository is read at the start, and not again. */
  get #isStill(): boolean {
    return this.#options.control === 'none' && this.#poller.hasPolledAll;
  }

  readonly #isRequired = (model: string): boolean =>
    model === this.#options.defaultModel || (this.#options.policy.isRequired?.(model) ?? false);

  #knows(model: string, selector: Selector | undefined): boolean {
    return this.#models.get(model)?.knows(selector) ?? false;
  }

  /** Whether what the default model shall answer with is loaded or failed; older versions may still be on their way. */
  #isFirstLoadOver(): boolean {
    const hasListing = this.#poller.hasPolledAll || this.#freshness.isFromKept;
    return hasListing && this.#awaited().length === 0;
  }

  #awaited(): AwaitedVersion[] {
    const { now = Date.now, policy } = this.#options;
    return awaitedVersions(this.#models, { ...policy, isRequired: this.#isRequired }, now());
  }

  #model(model: string): KnownModel {
    return findModel(this.#models, model, this.#poller);
  }
}

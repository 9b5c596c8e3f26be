import type { VersionQueue } from '../account.ts';
import type { BatchingOptions } from '../batching/batching-options.ts';
import type { LoadModelOptions } from '../loading/load-model.ts';
import type { ModelDeletions } from './control/model-deletions.ts';
import type { ModelControl, ModelControlMode } from './control/model-control.ts';
import type { LabelChange, MovedLabel, Repository } from '../repository/repository.ts';
import type { CrashLedger } from './crash-ledger.ts';
import type { ModelState, VersionDescription } from './describe.ts';
import type { Lease } from './loaded-version.ts';
import type { ModelHistory } from './documents/model-history.ts';
import type { ModelApprovals } from './documents/model-approvals.ts';
import type { ModelTraffic } from './documents/model-traffic.ts';
import type { Route, StickyValue } from './traffic-route.ts';
import type { ModelPolicies } from './documents/model-policies.ts';
import type { Readiness } from './readiness.ts';
import type { RegistryEvents } from './registry-events.ts';
import type { VersionPolicy } from './policy/version-view.ts';

export interface RegistryOptions {
  readonly repository: Repository;
  readonly loadRuntime: LoadModelOptions['loadRuntime'];
  readonly prepareGolden: LoadModelOptions['prepareGolden'];
  readonly trust: LoadModelOptions['trust'];
  /** Remembers over restarts how fast models are; left out: each load measures. */
  readonly measurements?: LoadModelOptions['measurements'];
  /** Remembers over restarts which versions a process died of; left out: nothing is remembered. */
  readonly crashLedger?: CrashLedger;
  readonly batching: BatchingOptions;
  readonly policy: VersionPolicy;
  /** Who decides what is loaded; left out: the repository, by polling. */
  readonly control?: ModelControlMode;
  readonly polling: { readonly pollIntervalMs: number; readonly rescanIntervalMs: number };
  /**
   * What is known is kept, and a start that the repository does not answer within this time is made from it; left out:
   * nothing is kept and nothing started from.
   */
  readonly startWaitMs?: number;
  /** The model that must answer for this process to be ready, as those must that the policy requires. */
  readonly defaultModel: string;
  /** Others of which each must be there and answer. */
  readonly requiredModels?: readonly string[];
  readonly on?: RegistryEvents;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** How old what is known of the repository is. */
export interface RepositoryFreshness {
  /** When it last answered a whole poll, to this process or to one whose kept listing it started from. */
  readonly seenAt: Date | undefined;
  /** The same, while that is longer ago than it should be: what is served may have been replaced since. */
  readonly staleSince: Date | undefined;
}

export type Selector = { readonly version: number } | { readonly label: string };

/** The versions that are loaded in this process, and how they follow those at rest. */
export interface Registry {
  /**
   * Polls the repository, loads what should be loaded, then keeps polling. Resolves after the first
   * poll and its loads, also when they failed (see `readiness`): a server starts without its store, from what is kept
   * of it where something is.
   */
  start(): Promise<void>;
  /** Polls now; resolves when what was found is loaded or has failed. Never rejects. */
  reconcile(): Promise<void>;
  /** The same, and versions of the model that were set aside because a process died of them get another try. */
  refresh(model: string): Promise<void>;
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
  /** Where traffic rules send a request; undefined where none hold. Reads nothing. */
  /** The queues of the versions that may be to answer such a request; none where nothing is loaded yet. Reads nothing. */
  queues(model: string, selector: Selector | undefined): readonly VersionQueue[];
  route(model: string, selector: Selector | undefined, sticky: StickyValue): Route | undefined;
  readonly traffic: ModelTraffic;
  readonly approvals: ModelApprovals;
  readonly policies: ModelPolicies;
  readonly history: ModelHistory;
  readonly control: ModelControl;
  readonly deletions: ModelDeletions;
  readiness(): Readiness;
  freshness(): RepositoryFreshness;
  /** Refuses new leases, waits for those that are out, closes every version. */
  close(): Promise<void>;
}

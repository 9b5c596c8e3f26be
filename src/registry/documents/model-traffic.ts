import { errors } from '../../errors.ts';
import type { KnownModel } from '../known-model.ts';
import { isProtected } from '../../repository/approvals/approval-record.ts';
import { askForApproval } from '../../repository/approvals/protect.ts';
import type { Cause } from '../../repository/history/history-entry.ts';
import { productionLabel } from '../../repository/names.ts';
import type { Repository } from '../../repository/repository.ts';
import { rollBack, type Rollback, type RollbackRequest } from '../../repository/roll-back.ts';
import type { StoredTraffic } from '../../repository/traffic/traffic-repository.ts';
import {
  problemOfRules,
  targetsOf,
  withoutRollout,
  type CanaryPlan,
  type CanaryState,
  type TrafficRecord,
  type TrafficRules,
} from '../../repository/traffic/traffic-record.ts';

/** Who answers for production of a model that is there. */
export interface ModelTraffic {
  /** What holds; GLIMPSE_MODEL_NOT_FOUND. */
  get(model: string): Promise<StoredTraffic>;
  /**
   * In force here when it resolves, on other servers with their next poll. With `ifMatch` only on top of what has this
   * etag: else GLIMPSE_TRAFFIC_CONFLICT. A canary begins with its first step.
   */
  set(model: string, change: TrafficRulesChange): Promise<SetTraffic>;
  /** Takes the last step of a release back; see `rollBack`. In force here when it resolves. */
  rollBack(model: string, request: RollbackRequest): Promise<Rollback>;
  /** The canaries that run, as this server knows them. Reads nothing. */
  canaries(): RunningCanary[];
  /**
   * Carries a canary on from exactly this state: where another server was faster nothing is written, and what that one
   * wrote is in force here when it resolves. One that is rolled back asks no caller of this server from the call on.
   */
  carryOn(running: RunningCanary, next: CanaryMove): Promise<void>;
}

export interface TrafficRulesChange {
  readonly rules: TrafficRules;
  readonly ifMatch?: string | undefined;
  readonly cause: Cause;
  /** A second caller has approved it. */
  readonly isApproved?: boolean;
}

export interface SetTraffic extends StoredTraffic {
  readonly before: TrafficRules | undefined;
}

export interface RunningCanary {
  readonly model: string;
  readonly record: TrafficRecord;
  readonly plan: CanaryPlan;
  readonly canary: CanaryState;
  /** What the label production points at now. */
  readonly production: number | undefined;
}

export interface CanaryMove {
  readonly canary: CanaryState;
  readonly cause: Cause;
  readonly promotion?: Promotion;
}

/** The move of the label production to the canary, which is made while the canary is still as it was judged. */
export interface Promotion {
  /** false: somebody else has moved it, and nothing is written. */
  move(): Promise<boolean>;
  /** Somebody has rolled the canary back meanwhile. */
  takeBack(): Promise<void>;
}

export interface ModelTrafficOptions {
  readonly repository: Pick<
    Repository,
    | 'traffic'
    | 'labels'
    | 'manifest'
    | 'list'
    | 'versions'
    | 'history'
    | 'setLabel'
    | 'releases'
    | 'approvals'
  >;
  readonly models: ReadonlyMap<string, KnownModel>;
  /** Rejects for a model that is not there. */
  readonly check: (model: string) => Promise<void>;
  /** Takes up what was written. */
  readonly reconcile: () => Promise<void>;
}

export function createModelTraffic(options: ModelTrafficOptions): ModelTraffic {
  const { repository, models, check, reconcile } = options;
  return {
    async get(model) {
      await check(model);
      return await repository.traffic.read(model);
    },
    async set(model, { rules, ifMatch, cause, isApproved = false }) {
      await check(model);
      const problem = problemOfRules(rules);
      if (problem !== undefined) throw new errors.GLIMPSE_INVALID_REQUEST(problem);
      const found = await repository.labels(model);
      const labels = found === 'unchanged' ? {} : found.labels;
      await checkTargets(repository, model, rules, labels);
      const { record, etag = 'none' } = await repository.traffic.read(model);
      if (!isApproved && (rules.split || rules.canary)) {
        if (ifMatch !== undefined && ifMatch !== etag)
          throw new errors.GLIMPSE_TRAFFIC_CONFLICT(model);
        await checkProtected(options, model, { rules, ifMatch: etag }, cause);
      }
      const canary = rules.canary && begin(rules.canary, labels);
      const content = { rules, ...(canary && { canary }) };
      const what = canary ? 'canary' : 'traffic';
      const set = await repository.traffic.write(model, { content, ifMatch, what, cause });
      adoptTraffic(models.get(model), set.record);
      await reconcile();
      return { ...set, before: record?.rules };
    },
    async rollBack(model, request) {
      await check(model);
      const done = await rollBack(repository, model, request);
      models.get(model)?.setLabels(done.labels);
      if (done.endedTraffic) {
        adoptTraffic(models.get(model), (await repository.traffic.read(model)).record);
      }
      await reconcile();
      return done;
    },
    canaries: () => [...models.values()].flatMap(runningIn),
    async carryOn({ model, record: known }, { canary, cause, promotion }) {
      const rules = canary.state === 'running' ? known.rules : withoutRollout(known.rules);
      // The callers of this server are safe at once, also while the repository does not answer.
      if (canary.state === 'rolled-back') {
        adoptTraffic(models.get(model), { ...known, rules, canary });
      }
      const { record, etag } = await repository.traffic.read(model);
      if (record?.revision === known.revision) {
        if (promotion && !(await promotion.move())) return;
        const content = { rules, canary };
        const change = { content, ifMatch: etag, what: 'canary', cause } as const;
        const set = await repository.traffic.write(model, change).catch(unlessOvertaken);
        if (set) adoptTraffic(models.get(model), set.record);
        else if (promotion && (await isRolledBack(repository, model))) await promotion.takeBack();
      } else if (record) {
        // Whoever was faster may have died before anybody was told.
        await repository.traffic.announce(model, record.revision);
      }
      await reconcile();
    },
  };
}

/** What answers for a protected production, in part or for a while, waits for a second caller like the label itself. */
async function checkProtected(
  { repository: { releases, approvals } }: ModelTrafficOptions,
  model: string,
  change: { readonly rules: TrafficRules; readonly ifMatch: string },
  cause: Cause,
): Promise<void> {
  const { policy } = await releases.policy(model);
  if (!isProtected(policy, productionLabel)) return;
  await askForApproval(approvals, model, change, cause);
}

/** Takes over what was read or written, unless a newer one is known. */
export function adoptTraffic(
  known: KnownModel | undefined,
  record: TrafficRecord | undefined,
): void {
  if (!known || (record && record.revision < (known.traffic?.revision ?? 0))) return;
  known.traffic = record;
  known.trafficRevision = Math.max(known.trafficRevision, record?.revision ?? 0);
}

/** Whether a canary was ended meanwhile because it was found bad, by a server or a person. */
async function isRolledBack(
  { traffic }: Pick<Repository, 'traffic'>,
  model: string,
): Promise<boolean> {
  return (await traffic.read(model)).record?.canary?.state === 'rolled-back';
}

/** Somebody else was faster, and what they wrote holds. */
function unlessOvertaken(error: unknown): undefined {
  if (!(error instanceof errors.GLIMPSE_TRAFFIC_CONFLICT)) throw error;
  return undefined;
}

function runningIn(known: KnownModel): RunningCanary[] {
  const { model, traffic: record } = known;
  const plan = record?.rules.canary;
  if (plan === undefined || record?.canary?.state !== 'running') return [];
  const production = known.target(productionLabel);
  return [{ model, record, plan, canary: record.canary, production }];
}

/** The first step of a canary against the version that production names. */
function begin({ version }: CanaryPlan, labels: Readonly<Record<string, number>>): CanaryState {
  const present = Object.hasOwn(labels, productionLabel) ? labels[productionLabel] : undefined;
  if (present === undefined) {
    const reason =
      'a canary needs a version to hold against, and no version is labelled production.';
    throw new errors.GLIMPSE_INVALID_REQUEST(reason);
  }
  if (present === version) {
    throw new errors.GLIMPSE_INVALID_REQUEST(`version ${version} answers for production already.`);
  }
  return { state: 'running', version, present, step: 0, since: new Date().toISOString() };
}

/** GLIMPSE_VERSION_NOT_FOUND or GLIMPSE_LABEL_NOT_FOUND for rules that name what is not there. */
async function checkTargets(
  repository: Pick<Repository, 'manifest' | 'list'>,
  model: string,
  rules: TrafficRules,
  labels: Readonly<Record<string, number>>,
): Promise<void> {
  const targets = targetsOf(rules);
  if (targets.length === 0) return;
  const { deleted } = await repository.list(model);
  for (const { version, label } of targets) {
    if (version !== undefined) {
      if (deleted.includes(version)) throw new errors.GLIMPSE_VERSION_NOT_FOUND(model, version);
      await repository.manifest(model, version);
    } else if (label !== undefined && !Object.hasOwn(labels, label)) {
      throw new errors.GLIMPSE_LABEL_NOT_FOUND(model, label);
    }
  }
}

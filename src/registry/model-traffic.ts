import { errors } from '../errors.ts';
import type { Cause } from '../repository/history/history-entry.ts';
import type { Repository } from '../repository/repository.ts';
import type { StoredTraffic } from '../repository/traffic/traffic-repository.ts';
import {
  problemOfRules,
  targetsOf,
  type TrafficRules,
} from '../repository/traffic/traffic-record.ts';

/** Who answers for production of a model that is there. */
export interface ModelTraffic {
  /** What holds; GLIMPSE_MODEL_NOT_FOUND. */
  get(model: string): Promise<StoredTraffic>;
  /**
   * In force here when it resolves, on other servers with their next poll. With `ifMatch` only on top of what has this
   * etag: else GLIMPSE_TRAFFIC_CONFLICT.
   */
  set(model: string, change: TrafficRulesChange): Promise<SetTraffic>;
}

export interface TrafficRulesChange {
  readonly rules: TrafficRules;
  readonly ifMatch?: string | undefined;
  readonly cause: Cause;
}

export interface SetTraffic extends StoredTraffic {
  readonly before: TrafficRules | undefined;
}

/** `check` rejects for a model that is not there; `reconcile` takes up what was written. */
export function createModelTraffic(
  repository: Pick<Repository, 'traffic' | 'labels' | 'manifest'>,
  check: (model: string) => Promise<void>,
  reconcile: () => Promise<void>,
): ModelTraffic {
  return {
    async get(model) {
      await check(model);
      return await repository.traffic.read(model);
    },
    async set(model, { rules, ifMatch, cause }) {
      await check(model);
      const problem = problemOfRules(rules);
      if (problem !== undefined) throw new errors.GLIMPSE_INVALID_REQUEST(problem);
      await checkTargets(repository, model, rules);
      const { record } = await repository.traffic.read(model);
      const set = await repository.traffic.write(model, { content: { rules }, ifMatch, cause });
      await reconcile();
      return { ...set, before: record?.rules };
    },
  };
}

/** GLIMPSE_VERSION_NOT_FOUND or GLIMPSE_LABEL_NOT_FOUND for rules that name what is not there. */
async function checkTargets(
  repository: Pick<Repository, 'labels' | 'manifest'>,
  model: string,
  rules: TrafficRules,
): Promise<void> {
  const found = await repository.labels(model);
  const labels = found === 'unchanged' ? {} : found.labels;
  for (const { version, label } of targetsOf(rules)) {
    if (version !== undefined) await repository.manifest(model, version);
    else if (label !== undefined && !Object.hasOwn(labels, label)) {
      throw new errors.GLIMPSE_LABEL_NOT_FOUND(model, label);
    }
  }
}

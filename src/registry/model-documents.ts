import type { StoredPolicy } from '../repository/releases/release-repository.ts';
import type { Repository } from '../repository/repository.ts';
import { createModelHistory } from './model-history.ts';
import { createModelPolicies } from './model-policies.ts';
import { createModelTraffic } from './model-traffic.ts';
import type { Registry } from './registry.ts';

/**
 * What lies beside the versions of a model: its policy, its history, who answers for production. `onPolicy` is told
 * of a policy that holds from now on.
 */
export function createModelDocuments(
  repository: Pick<Repository, 'releases' | 'history' | 'traffic' | 'labels' | 'manifest'>,
  registry: Pick<Registry, 'lookUp' | 'describeModel' | 'reconcile'>,
  onPolicy: (model: string, set: StoredPolicy) => void,
): Pick<Registry, 'policies' | 'history' | 'traffic'> {
  /** GLIMPSE_MODEL_NOT_FOUND for a model that is not there. */
  const check = async (model: string): Promise<void> => {
    await registry.lookUp(model);
    registry.describeModel(model);
  };
  return {
    policies: createModelPolicies(repository.releases, check, onPolicy),
    history: createModelHistory(repository.history, check),
    traffic: createModelTraffic(repository, check, () => registry.reconcile()),
  };
}

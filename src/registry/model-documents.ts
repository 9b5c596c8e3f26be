import type { Repository } from '../repository/repository.ts';
import type { KnownModel } from './known-model.ts';
import { createModelHistory } from './model-history.ts';
import { createModelPolicies } from './model-policies.ts';
import { createModelTraffic } from './model-traffic.ts';
import type { Registry } from './registry.ts';

/**
 * What lies beside the versions of a model: its policy, its history, who answers for production. `converge` is
 * called when another policy holds.
 */
export function createModelDocuments(
  repository: Pick<
    Repository,
    'releases' | 'history' | 'traffic' | 'labels' | 'manifest' | 'setLabel'
  >,
  models: ReadonlyMap<string, KnownModel>,
  registry: Pick<Registry, 'lookUp' | 'describeModel' | 'reconcile'>,
  converge: () => void,
): Pick<Registry, 'policies' | 'history' | 'traffic'> {
  /** GLIMPSE_MODEL_NOT_FOUND for a model that is not there. */
  const check = async (model: string): Promise<void> => {
    await registry.lookUp(model);
    registry.describeModel(model);
  };
  return {
    policies: createModelPolicies(repository.releases, check, (model, { policy, etag }) => {
      models.get(model)?.setRules(policy, etag);
      converge();
    }),
    history: createModelHistory(repository.history, check),
    traffic: createModelTraffic({
      repository,
      models,
      check,
      reconcile: () => registry.reconcile(),
    }),
  };
}

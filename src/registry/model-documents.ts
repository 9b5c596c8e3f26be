import type { Repository } from '../repository/repository.ts';
import type { KnownModel } from './known-model.ts';
import { createModelApprovals } from './documents/model-approvals.ts';
import { createModelHistory } from './documents/model-history.ts';
import { createModelPolicies } from './documents/model-policies.ts';
import { createModelTraffic } from './documents/model-traffic.ts';
import type { Registry } from './registry.ts';

/**
 * What lies beside the versions of a model: its policy, its history, who answers for production. `converge` is
 * called when another policy holds. `models` are those that change here by what is written: none where nothing changes after
 * the start, so that what is written comes into force on the servers that follow.
 */
export function createModelDocuments(
  repository: Pick<
    Repository,
    | 'releases'
    | 'history'
    | 'traffic'
    | 'labels'
    | 'manifest'
    | 'list'
    | 'versions'
    | 'setLabel'
    | 'approvals'
  >,
  models: ReadonlyMap<string, KnownModel>,
  registry: Pick<Registry, 'lookUp' | 'describeModel' | 'reconcile' | 'setLabel'>,
  converge: () => void,
): Pick<Registry, 'policies' | 'history' | 'traffic' | 'approvals'> {
  /** GLIMPSE_MODEL_NOT_FOUND for a model that is not there. */
  const check = async (model: string): Promise<void> => {
    await registry.lookUp(model);
    registry.describeModel(model);
  };
  const policies = createModelPolicies(repository, check, (model, { policy, etag }) => {
    models.get(model)?.setRules(policy, etag);
    converge();
  });
  const traffic = createModelTraffic({
    repository,
    models,
    check,
    reconcile: () => registry.reconcile(),
  });
  const approvals = createModelApprovals({
    approvals: repository.approvals,
    check,
    carryOut: {
      label: (change) => registry.setLabel(change),
      traffic: (model, rules, seen) => traffic.set(model, { rules, ...seen, isApproved: true }),
      policy: (model, policy, seen) => policies.set(model, policy, { ...seen, isApproved: true }),
    },
  });
  return { policies, history: createModelHistory(repository.history, check), traffic, approvals };
}

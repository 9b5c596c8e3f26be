import { describe, expect, it } from 'vitest';
import { errors } from '../../src/errors.ts';
import { createModelPolicies } from '../../src/registry/documents/model-policies.ts';
import type { ApprovalRepository } from '../../src/repository/approvals/approval-repository.ts';
import type { ReleasePolicy } from '../../src/repository/releases/release-policy.ts';
import type { ReleaseRepository } from '../../src/repository/releases/release-repository.ts';

const policyOf = (promote: string) => ({ promote }) as unknown as ReleasePolicy;

/** What is stored of one model, and every call in the order in which it was made. */
function onePolicy(check: (model: string) => Promise<void> = async () => {}) {
  const calls: unknown[] = [];
  let stored = { policy: policyOf('never'), etag: 'a' };
  const releases = {
    async policy(model: string) {
      calls.push(['policy', model]);
      return stored;
    },
    async setPolicy(model: string, policy: ReleasePolicy, change?: object) {
      calls.push(['setPolicy', model, change]);
      stored = { policy, etag: 'b' };
      return stored;
    },
  } as unknown as ReleaseRepository;
  const approvals = {} as ApprovalRepository;
  return { calls, policies: createModelPolicies({ releases, approvals }, check) };
}

describe('the policy of a model', () => {
  it('is read and set as it is stored, and setting it tells the one before', async () => {
    const checked: string[] = [];
    const { calls, policies } = onePolicy(async (model) => void checked.push(model));
    expect(await policies.get('digits')).toEqual({ policy: policyOf('never'), etag: 'a' });
    expect(await policies.set('digits', policyOf('always'), { ifMatch: 'a' })).toEqual({
      policy: policyOf('always'),
      etag: 'b',
      before: policyOf('never'),
    });
    expect(calls).toEqual([
      ['policy', 'digits'],
      ['policy', 'digits'],
      ['setPolicy', 'digits', { ifMatch: 'a' }],
    ]);
    expect(checked).toEqual(['digits', 'digits']);
  });

  it('is neither read nor set of a model that is not there', async () => {
    const gone = new errors.GLIMPSE_MODEL_NOT_FOUND('digits');
    const { calls, policies } = onePolicy(() => Promise.reject(gone));
    await expect(policies.get('digits')).rejects.toBe(gone);
    await expect(policies.set('digits', policyOf('always'))).rejects.toBe(gone);
    expect(calls).toEqual([]);
  });
});

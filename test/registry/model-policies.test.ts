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
  const asked: unknown[] = [];
  let stored: { policy: ReleasePolicy; etag: string | undefined } = {
    policy: policyOf('never'),
    etag: 'a',
  };
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
  const approvals = {
    async ask(_model: string, change: unknown) {
      asked.push(change);
      return { id: 'a1', expiresAt: '' };
    },
  } as unknown as ApprovalRepository;
  return { calls, asked, releases, policies: createModelPolicies({ releases, approvals }, check) };
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

  it('is set on top of what was looked at, which may protect more by now', async () => {
    const { releases, asked, policies } = onePolicy();
    const before = { ...releases };
    let isFirst = true;
    releases.setPolicy = async (model, policy, change) => {
      if (!isFirst) return before.setPolicy(model, policy, change);
      isFirst = false;
      expect(change?.ifMatch).toBe('a');
      const protectedNow = { ...policyOf('never'), protected: ['production'] };
      releases.policy = async () => ({ policy: protectedNow, etag: 'c' });
      throw new errors.GLIMPSE_POLICY_CONFLICT(model);
    };
    const set = policies.set('digits', policyOf('always'));
    await expect(set).rejects.toMatchObject({ code: 'GLIMPSE_APPROVAL_PENDING' });
    expect(asked).toEqual([{ policy: policyOf('always'), ifMatch: 'c' }]);
    releases.policy = (model) => before.policy(model);
    await policies.set('digits', policyOf('if-better'));
    const stale = { ifMatch: 'z' };
    releases.setPolicy = async (model) => {
      throw new errors.GLIMPSE_POLICY_CONFLICT(model);
    };
    await expect(policies.set('digits', policyOf('always'), stale)).rejects.toMatchObject({
      code: 'GLIMPSE_POLICY_CONFLICT',
    });
  });

  it('is not set while nobody knows what it protects, but when it is damaged', async () => {
    const { calls, releases, policies } = onePolicy();
    const away = new errors.GLIMPSE_STORE_UNAVAILABLE('s3://b', 'it is away');
    releases.policy = () => Promise.reject(away);
    await expect(policies.set('digits', policyOf('always'))).rejects.toBe(away);
    expect(calls).toEqual([]);
    const damaged = new errors.GLIMPSE_MANIFEST_INVALID('digits/policy.json', 'odd');
    releases.policy = () => Promise.reject(damaged);
    expect(await policies.set('digits', policyOf('always'))).toMatchObject({ before: undefined });
  });

  it('is neither read nor set of a model that is not there', async () => {
    const gone = new errors.GLIMPSE_MODEL_NOT_FOUND('digits');
    const { calls, policies } = onePolicy(() => Promise.reject(gone));
    await expect(policies.get('digits')).rejects.toBe(gone);
    await expect(policies.set('digits', policyOf('always'))).rejects.toBe(gone);
    expect(calls).toEqual([]);
  });
});

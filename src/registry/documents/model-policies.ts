import { errors } from '../../errors.ts';
import { askForApproval, protectsLess } from '../../repository/approvals/protect.ts';
import { unknownCause } from '../../repository/history/history-entry.ts';
import type { Repository } from '../../repository/repository.ts';
import type { ReleasePolicy } from '../../repository/releases/release-policy.ts';
import type { PolicyChange, StoredPolicy } from '../../repository/releases/release-repository.ts';

/** By which rule the versions of a model that is there get the label `production`. */
export interface ModelPolicies {
  /** The rule that holds; GLIMPSE_MODEL_NOT_FOUND. */
  get(model: string): Promise<StoredPolicy>;
  /** With `ifMatch` only on top of what has this etag: else GLIMPSE_POLICY_CONFLICT. */
  set(model: string, policy: ReleasePolicy, change?: ApprovedPolicyChange): Promise<SetPolicy>;
}

export interface ApprovedPolicyChange extends PolicyChange {
  /** A second caller has approved that it protects less than before. */
  readonly isApproved?: boolean;
}

export interface SetPolicy extends StoredPolicy {
  /** Undefined when nobody could read it. */
  readonly before: ReleasePolicy | undefined;
}

/** `check` rejects for a model that is not there; `onSet` is told of what holds from now on. */
export function createModelPolicies(
  { releases, approvals }: Pick<Repository, 'releases' | 'approvals'>,
  check: (model: string) => Promise<unknown>,
  onSet: (model: string, set: StoredPolicy) => void = () => {},
): ModelPolicies {
  return {
    async get(model) {
      await check(model);
      return await releases.policy(model);
    },
    async set(model, policy, change) {
      await check(model);
      for (let attempt = 1; ; attempt += 1) {
        const found = await releases.policy(model).catch(unlessUnreadable);
        if (found && !change?.isApproved && protectsLess(found.policy, policy)) {
          const cause = change?.cause ?? unknownCause;
          const { etag = 'none' } = found;
          const isOther = change?.ifMatch !== undefined && change.ifMatch !== etag;
          if (isOther) throw new errors.GLIMPSE_POLICY_CONFLICT(model);
          await askForApproval(approvals, model, { policy, ifMatch: etag }, cause);
        }
        // Only on top of what was looked at: somebody else may be about to protect more.
        const ifMatch = change?.ifMatch ?? (found && (found.etag ?? 'none'));
        const set = await releases
          .setPolicy(model, policy, { ...change, ifMatch })
          .catch(unlessOvertaken(change?.ifMatch === undefined && attempt < maxAttempts));
        if (set === undefined) continue;
        onSet(model, set);
        return { ...set, before: found?.policy };
      }
    },
  };
}

/** How often a policy is set on top of what others have set meanwhile. */
const maxAttempts = 5;

/** A policy that cannot be read protects nothing, and setting another is how it is mended. */
function unlessUnreadable(error: unknown): undefined {
  const isUnreadable =
    error instanceof errors.GLIMPSE_MANIFEST_INVALID ||
    error instanceof errors.GLIMPSE_OBJECT_TOO_LARGE;
  if (!isUnreadable) throw error;
  return undefined;
}

/** Somebody else was faster, and it may be tried again. */
function unlessOvertaken(mayTryAgain: boolean): (error: unknown) => undefined {
  return (error) => {
    if (!mayTryAgain || !(error instanceof errors.GLIMPSE_POLICY_CONFLICT)) throw error;
    return undefined;
  };
}

import type { StoredApproval, Decision } from '../../repository/approvals/approval-record.ts';
import type { ApprovalRepository } from '../../repository/approvals/approval-repository.ts';
import type { Cause } from '../../repository/history/history-entry.ts';
import type { LabelChange } from '../../repository/repository.ts';
import type { ReleasePolicy } from '../../repository/releases/release-policy.ts';
import type { TrafficRules } from '../../repository/traffic/traffic-record.ts';

/** Changes of a model that wait for a second caller. */
export interface ModelApprovals {
  /** GLIMPSE_MODEL_NOT_FOUND. */
  pending(model: string): Promise<readonly StoredApproval[]>;
  /** Does what was approved, as it was asked for; resolves when it is in force here. */
  decide(model: string, id: string, decision: Decision): Promise<StoredApproval>;
}

/** Who changes it, on top of what was there when it was asked for. */
interface Seen {
  readonly cause: Cause;
  readonly ifMatch: string;
}

export interface ModelApprovalsOptions {
  readonly approvals: ApprovalRepository;
  /** Rejects for a model that is not there. */
  readonly check: (model: string) => Promise<void>;
  readonly carryOut: {
    label(change: LabelChange): Promise<unknown>;
    traffic(model: string, rules: TrafficRules, seen: Seen): Promise<unknown>;
    policy(model: string, policy: ReleasePolicy, seen: Seen): Promise<unknown>;
  };
}

export function createModelApprovals(options: ModelApprovalsOptions): ModelApprovals {
  const { approvals, check } = options;
  return {
    async pending(model) {
      await check(model);
      return await approvals.pending(model);
    },
    async decide(model, id, decision) {
      await check(model);
      const approval = await approvals.decide(model, id, decision);
      if (decision.approve) await carryOut(options, model, approval, decision);
      return approval;
    },
  };
}

async function carryOut(
  { carryOut }: ModelApprovalsOptions,
  model: string,
  { id, change, askedBy, why: asked }: StoredApproval,
  { by, why = asked }: Decision,
): Promise<void> {
  const cause = { by, why, evidence: { approval: id, askedBy } };
  if ('label' in change) {
    await carryOut.label({ model, ...change, isApproved: true, cause });
    return;
  }
  const seen = { cause, ifMatch: change.ifMatch };
  if ('rules' in change) await carryOut.traffic(model, change.rules, seen);
  else await carryOut.policy(model, change.policy, seen);
}

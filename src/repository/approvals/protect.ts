import { errors, withDetails } from '../../errors.ts';
import type { Cause } from '../history/history-entry.ts';
import type { ReleasePolicy } from '../releases/release-policy.ts';
import type { ApprovalRepository } from './approval-repository.ts';
import type { ProtectedChange } from './approval-record.ts';

/** Lets a change wait for a second caller, and says so to the first: GLIMPSE_APPROVAL_PENDING. */
export async function askForApproval(
  approvals: Pick<ApprovalRepository, 'ask'>,
  model: string,
  change: ProtectedChange,
  cause: Cause,
): Promise<never> {
  const { id, expiresAt } = await approvals.ask(model, change, cause);
  const pending = new errors.GLIMPSE_APPROVAL_PENDING(model, id);
  throw withDetails(pending, { approval: id, expiresAt });
}

/** Whether a policy protects less than the one before it: else one caller could first take the protection away. */
export function protectsLess(before: ReleasePolicy, after: ReleasePolicy): boolean {
  const kept = after.protected ?? [];
  return (before.protected ?? []).some((label) => !kept.includes(label));
}

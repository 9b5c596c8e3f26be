import { errors, withDetails } from '../../errors.ts';
import type { Cause } from '../history/history-entry.ts';
import type { ReleasePolicy } from '../releases/release-policy.ts';
import type { ReleaseRepository } from '../releases/release-repository.ts';
import type { TrafficRepository } from '../traffic/traffic-repository.ts';
import type { ApprovalRepository } from './approval-repository.ts';
import { productionLabel } from '../names.ts';
import { isProtected, type ProtectedChange } from './approval-record.ts';

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

/**
 * Whether a label moves only when a second caller approves it: it is protected, or a split of a protected production
 * names it, so that whoever moves it moves callers of production.
 */
export async function movesByApproval(
  {
    releases,
    traffic,
  }: {
    readonly releases: Pick<ReleaseRepository, 'policy'>;
    readonly traffic: Pick<TrafficRepository, 'read'>;
  },
  model: string,
  label: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const { policy } = await releases.policy(model, signal);
  if (isProtected(policy, label)) return true;
  if (!isProtected(policy, productionLabel)) return false;
  const { record } = await traffic.read(model, signal);
  return record?.rules.split?.some((entry) => entry.label === label) ?? false;
}

/** Whether a policy protects less than the one before it: else one caller could first take the protection away. */
export function protectsLess(before: ReleasePolicy, after: ReleasePolicy): boolean {
  const kept = after.protected ?? [];
  return (before.protected ?? []).some((label) => !kept.includes(label));
}

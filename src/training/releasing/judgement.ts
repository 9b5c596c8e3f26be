import type { ReleaseRule } from '../../repository/releases/release-policy.ts';
import type { ReleaseCheck, VersionComparison } from '../../repository/releases/release-record.ts';
import type { Repository } from '../../repository/repository.ts';
import { decideRelease, type Decision } from './decide.ts';
import { findPresent, isOf, type PresentVersion } from './present.ts';

/** What is to be done about the label production, and why. */
export interface Judgement extends Decision {
  /** Undefined where the request itself asked for the label. */
  readonly rule: ReleaseRule | undefined;
  readonly present: PresentVersion | undefined;
  readonly checks: readonly ReleaseCheck[];
  readonly comparisons: readonly VersionComparison[];
}

interface PresentContext {
  readonly repository: Repository;
  /** Names the run in the lineage of its version. */
  readonly job?: string;
  readonly signal: AbortSignal;
}

/** What is recorded where the request itself asks for the label: somebody has decided, and nothing is measured for it. */
export async function judgeAsked(
  model: string,
  { repository, job, signal }: PresentContext,
): Promise<Judgement> {
  const present = await findPresent(repository, model, { job, signal });
  return {
    rule: undefined,
    present: present?.manifest && isOf(present.manifest, job) ? undefined : present,
    checks: [],
    comparisons: [],
    decision: 'promoted',
    reason: 'The request asked for the label "production".',
  };
}

/**
 * What is recorded where nothing could be compared, for a reason that says nothing about the version: only the first
 * version of a model gets the label then.
 */
export async function judgeUncompared(
  model: string,
  asked: ReleaseRule | undefined,
  reason: string,
  { repository, job, signal }: PresentContext,
): Promise<Judgement> {
  const present = await findPresent(repository, model, { job, signal });
  if (present?.manifest && isOf(present.manifest, job)) return answersAlready;
  const rule = asked ?? 'if-better';
  const checks = present ? [notCompared(present.version, reason)] : [];
  const findings = { present: present?.version, servedAccuracy: undefined };
  const decision = decideRelease(rule, { ...findings, checks, comparisons: [] });
  return { rule, present, checks, comparisons: [], ...decision };
}

/** The check that a version fails which nothing was found out about. */
export function notCompared(version: number, reason: string): ReleaseCheck {
  const found = `it could not be compared with version ${version}: ${reason}`;
  return { name: 'comparison', passed: false, found };
}

/** A run that died after its version had got the label: there is nothing left to decide. */
export const answersAlready: Judgement = {
  rule: undefined,
  present: undefined,
  checks: [],
  comparisons: [],
  decision: 'promoted',
  reason: 'The label "production" named it when its run was resumed.',
};

import {
  conditionsOf,
  type ReleaseConditions,
  type ReleaseRule,
} from '../../repository/releases/release-policy.ts';
import type {
  ReleaseCheck,
  ReleaseRecord,
  VersionComparison,
} from '../../repository/releases/release-record.ts';
import { comparisonText } from './compare.ts';

/** What is known of a version when it is decided whether it gets the label production. */
export interface Findings {
  /** The version that answers for production now; undefined when it is the first of its model. */
  readonly present: number | undefined;
  readonly checks: readonly ReleaseCheck[];
  readonly comparisons: readonly VersionComparison[];
  readonly servedAccuracy: number | undefined;
}

export type Decision = Pick<ReleaseRecord, 'decision' | 'reason'>;

/** A pair of versions as likely alike as this is not told apart: one version in twenty is kept for nothing. */
const CHANCE = 0.05;
/** On fewer examples nearly nothing is worse beyond chance. */
const MIN_EXAMPLES = 30;
const CALIBRATION_SLACK = 0.05;
const USUAL_SLOWDOWN = 3;
/** Whatever takes less is fast enough, however much faster another one was. */
const FAST_ENOUGH_MS = 2;

/**
 * Whether a new version gets the label production by a rule. Pure. Whatever the rule: one that fails a check never
 * does by itself.
 */
export function decideRelease(rule: ReleaseRule, findings: Findings): Decision {
  const { present, checks, comparisons } = findings;
  if (present === undefined) return promoted('It is the first version of its model.');
  if (rule === 'never')
    return kept('The release policy of the model says that versions are promoted by hand.');
  const failed = checks.find(({ passed }) => !passed);
  if (failed) return kept(sentence(failed.found));
  if (rule === 'always') {
    return promoted(
      'The release policy of the model says that every version that passes its checks is promoted.',
    );
  }
  const conditions = conditionsOf(rule);
  if (comparisons.length === 0)
    return kept('There are no examples that both versions could be compared on.');
  const problem =
    comparisons
      .map((one) => problemOf(one, conditions, present))
      .find((found) => found !== undefined) ?? belowServed(findings, conditions);
  if (problem !== undefined) return kept(sentence(problem));
  const texts = comparisons.map((one) => comparisonText(one, present));
  return promoted(`It is not worse: ${texts.join('; ')}.`);
}

/** The first thing that keeps a version from being promoted by a comparison. */
function problemOf(
  comparison: VersionComparison,
  conditions: ReleaseConditions,
  version: number,
): string | undefined {
  const { dataset, examples, candidate } = comparison;
  if (examples < MIN_EXAMPLES) {
    return `there are ${examples} examples of ${dataset} to compare on that it has not seen before; fewer than ${MIN_EXAMPLES} decide nothing`;
  }
  const { floors = {} } = conditions;
  for (const figure of ['accuracy', 'macroRecall'] as const) {
    const floor = floors[figure];
    if (floor !== undefined && candidate[figure] < floor) {
      return `its ${figure} on ${dataset} is ${candidate[figure].toFixed(4)}, and the policy asks for ${floor}`;
    }
  }
  return (
    worse(comparison, conditions, version) ??
    badlyCalibrated(comparison, conditions, version) ??
    slow(comparison, conditions, version)
  );
}

function worse(
  comparison: VersionComparison,
  { margin }: ReleaseConditions,
  version: number,
): string | undefined {
  const { present, candidate, chance } = comparison;
  const text = comparisonText(comparison, version);
  if (margin === undefined)
    return chance < CHANCE ? `it is worse beyond chance: ${text}` : undefined;
  return present.accuracy - candidate.accuracy > margin
    ? `it is worse by more than the margin of ${margin}: ${text}`
    : undefined;
}

function badlyCalibrated(
  { dataset, present, candidate }: VersionComparison,
  { maxCalibrationError }: ReleaseConditions,
  version: number,
): string | undefined {
  const most = maxCalibrationError ?? present.calibrationError + CALIBRATION_SLACK;
  if (candidate.calibrationError <= most) return undefined;
  return `its scores are ${candidate.calibrationError.toFixed(3)} away from how often they are right on ${dataset}, at most ${most.toFixed(3)} is allowed (version ${version}: ${present.calibrationError.toFixed(3)})`;
}

function slow(
  { present, candidate }: VersionComparison,
  { maxSlowdown = USUAL_SLOWDOWN }: ReleaseConditions,
  version: number,
): string | undefined {
  const [was, is] = [present.millisecondsPerImage, candidate.millisecondsPerImage];
  if (is <= FAST_ENOUGH_MS || is <= was * maxSlowdown) return undefined;
  return `an image takes it ${is.toFixed(2)} ms, more than ${maxSlowdown} times the ${was.toFixed(2)} ms of version ${version}`;
}

function belowServed(
  { servedAccuracy }: Findings,
  { floors }: ReleaseConditions,
): string | undefined {
  const floor = floors?.servedAccuracy;
  if (floor === undefined || (servedAccuracy ?? 0) >= floor) return undefined;
  const found =
    servedAccuracy === undefined ? 'was not measured' : `is ${servedAccuracy.toFixed(4)}`;
  return `its accuracy as images ${found}, and the policy asks for ${floor}`;
}

function promoted(reason: string): Decision {
  return { decision: 'promoted', reason };
}

function kept(reason: string): Decision {
  return { decision: 'kept', reason };
}

function sentence(words: string): string {
  const text = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

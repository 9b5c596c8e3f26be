import { ApprovalSchema } from '../repository/approvals/approval-record.ts';
import { HistoryEntrySchema, ReasonTextSchema } from '../repository/history/history-entry.ts';
import { CanaryStateSchema, TrafficRulesSchema } from '../repository/traffic/traffic-record.ts';
import { ManifestSchema, type Manifest } from '../repository/manifest.ts';
import { ReleasePolicySchema } from '../repository/releases/release-policy.ts';
import { ReleaseRecordSchema, type ReleaseRecord } from '../repository/releases/release-record.ts';
import type { Repository } from '../repository/repository.ts';
import { productionLabel } from '../repository/names.ts';
import type { BatchTime, ModelRuntime, Placement } from '../runtime/runtime.ts';
import type { Static } from 'typebox';
import { Type } from '../schema/builder.ts';
import { type KnownModel } from './known-model.ts';
import { isAtRest, type KnownVersion } from './known-version.ts';
import { reasonOf, type Reason } from './quarantine.ts';
import type { VersionState } from './policy/version-state.ts';

/** One model, as it is at rest and as it is loaded. */
export interface ModelState {
  readonly model: string;
  /** Labels at rest, and the etag to change them with. */
  readonly labels: Readonly<Record<string, number>>;
  readonly etag: string | undefined;
  /** The version that answers when nobody names one; undefined when the model cannot answer so. */
  readonly serving: number | undefined;
  /** What is not as it should be, in sentences; the model may answer all the same. */
  readonly reasons: readonly string[];
  readonly versions: readonly VersionStatus[];
}

export interface VersionStatus {
  readonly version: number;
  readonly state: VersionState;
  /** Why it could not be loaded, or why it cannot answer although it is loaded. */
  readonly reason: Reason | undefined;
  /** When a version that could not be loaded is tried again, RFC 3339. */
  readonly retryAt: string | undefined;
  /** The repository has it no more: it answers from memory, or from the copy of this machine. */
  readonly isMissing: boolean;
  /** Labels that point at it, and those it answers for just now. */
  readonly labels: readonly string[];
  readonly serves: readonly string[];
  readonly place: ModelRuntime['place'] | undefined;
  /** How its batches are placed, and by which measurement. */
  readonly placement: DescribedPlacement | undefined;
  readonly leases: number;
  /** Images that wait for it. */
  readonly queueDepth: number;
}

/** What was made of the measurement of a version, and the measurement. */
export interface DescribedPlacement extends Pick<Placement, 'batchSize' | 'inlineUpTo'> {
  readonly isKept: boolean;
  readonly curve: readonly BatchTime[];
}

/** A version with all that its manifest says; undefined when the manifest cannot be read. */
export interface VersionDescription extends VersionStatus {
  readonly model: string;
  readonly manifest: Manifest | undefined;
  /** What was decided about it; undefined when nothing is recorded, or it cannot be read just now. */
  readonly release: DescribedRelease | undefined;
}

/** What of its manifest a version is described with, for the contract. */
export const DescribedManifestSchema = Type.Partial(
  Type.Pick(ManifestSchema, [
    'createdAt',
    'runtime',
    'files',
    'signature',
    'preprocessing',
    'gate',
    'golden',
    'lineage',
    'metrics',
    'baseline',
    'quantisation',
    'keptExamples',
  ]),
);

/** What was decided about a version, for the contract. */
export const DescribedReleaseSchema = Type.Omit(ReleaseRecordSchema, [
  'formatVersion',
  'model',
  'version',
]);

export type DescribedRelease = Static<typeof DescribedReleaseSchema>;

/** The record without what its address says. */
export function describeRelease(record: ReleaseRecord): DescribedRelease {
  const { formatVersion: _format, model: _model, version: _version, ...decided } = record;
  return decided;
}

/** The release policy of a model, for the contract. */
export const DescribedPolicySchema = Type.Object(ReleasePolicySchema.properties);

/** What waits for a second caller, for the contract. */
export const DescribedApprovalSchema = Type.Object({
  ...ApprovalSchema.properties,
  change: Type.Record(Type.String(), Type.Unknown(), {
    description: 'label, version and from of a label; rules of traffic; a policy.',
  }),
});

/** How far a canary is, for the contract. */
export const DescribedCanarySchema = Type.Object(CanaryStateSchema.properties);

/** Who answers for production of a model, for the contract. */
export const DescribedTrafficSchema = Type.Object(TrafficRulesSchema.properties);

/** An entry of the history of a model, for the contract. */
export const DescribedHistoryEntrySchema = Type.Object(HistoryEntrySchema.properties);

/** Why a caller changes something, for the contract. */
export const ChangeReasonSchema = ReasonTextSchema;

export function describeModel(model: KnownModel): ModelState {
  const versions = [...model.versions.values()].sort((a, b) => a.version - b.version);
  return {
    model: model.model,
    labels: model.labels,
    etag: model.etag,
    serving: model.serving(),
    reasons: reasonsOf(model),
    versions: versions.map((known) => describeStatus(model, known)),
  };
}

/** A version with its manifest and what was decided about it, as far as they can be read. */
export async function describeVersion(
  reading: Repository,
  model: KnownModel,
  known: KnownVersion,
): Promise<VersionDescription> {
  const { version, loaded } = known;
  const [manifest, release] = await Promise.all([
    loaded?.manifest ?? reading.manifest(model.model, version).catch(() => undefined),
    known.release ?? reading.releases.record(model.model, version).catch(() => undefined),
  ]);
  known.release = release;
  const described = release && describeRelease(release);
  return { model: model.model, ...describeStatus(model, known), manifest, release: described };
}

export function describeStatus(model: KnownModel, known: KnownVersion): VersionStatus {
  const { version, state, failure, loaded } = known;
  return {
    version,
    state,
    isMissing: !isAtRest(known),
    reason: reasonFor(known),
    retryAt: failure && new Date(failure.retryAt).toISOString(),
    labels: Object.entries(model.labels)
      .filter(([, target]) => target === version)
      .map(([label]) => label),
    serves: model.labelsServedBy(version),
    place: loaded?.place,
    placement: loaded?.placement && describePlacement(loaded.placement),
    leases: loaded?.leases ?? 0,
    queueDepth: loaded?.queueDepth ?? 0,
  };
}

function describePlacement(placement: Placement): DescribedPlacement {
  const { batchSize, inlineUpTo, isKept, measurement } = placement;
  const curve = measurement.curve.map((point) => ({ ...point, ms: round(point.ms) }));
  return { batchSize, inlineUpTo, isKept, curve };
}

/** To a thousandth. */
const round = (value: number): number => Math.round(value * 1000) / 1000;

/** Why a model does not answer by default; undefined when it does. */
export function whyNotServing(model: KnownModel): string | undefined {
  const serving = model.servingVersion();
  if (serving) {
    const { version, loaded } = serving;
    return loaded?.unhealthyReason && `version ${version}: ${loaded.unhealthyReason}`;
  }
  const labelled = model.target(productionLabel);
  if (labelled !== undefined) return whyNotReady(model, labelled, productionLabel);
  if (model.pollFailure) return model.pollFailure.message;
  const newest = Math.max(...model.versions.keys());
  return model.isEmpty ? 'it has no version.' : whyNotReady(model, newest);
}

/** Why the version a label points at does not answer for it. */
export function whyNotReady(model: KnownModel, version: number, label?: string): string {
  const subject =
    label === undefined
      ? `version ${version}`
      : `label "${label}" points at version ${version}, which`;
  const known = model.versions.get(version);
  if (!known) return `${subject} is not in the repository.`;
  if (known.failure) return `${subject} cannot be loaded: ${known.failure.message}`;
  return `${subject} is ${known.state}.`;
}

/** Labels that are not served by the version they point at, and versions that could not be loaded. */
function reasonsOf(model: KnownModel): string[] {
  const reasons: string[] = [];
  if (model.pollFailure) reasons.push(model.pollFailure.message);
  for (const [label, target] of Object.entries(model.labels)) {
    const serving = model.serving(label);
    if (serving === target) continue;
    // It is loaded when somebody asks for it, as long as nothing is known to be wrong with it.
    if (serving === undefined && model.versions.get(target)?.state === 'UNLOADED') continue;
    const instead = serving === undefined ? '' : ` Version ${serving} goes on serving.`;
    reasons.push(`${whyNotReady(model, target, label)}${instead}`);
  }
  for (const known of model.versions.values()) {
    if (isAtRest(known) || known.state !== 'READY') continue;
    reasons.push(
      `version ${known.version} is no longer in the repository, and goes on serving from this machine.`,
    );
  }
  const labelled = new Set(Object.values(model.labels));
  for (const { version, failure, loaded } of model.versions.values()) {
    if (failure && !labelled.has(version)) {
      reasons.push(`version ${version} cannot be loaded: ${failure.message}`);
    }
    if (loaded?.unhealthyReason) reasons.push(`version ${version}: ${loaded.unhealthyReason}`);
  }
  return reasons;
}

function reasonFor({ failure, loaded }: KnownVersion): Reason | undefined {
  if (failure) return { code: failure.code, message: failure.message };
  if (loaded?.unhealthyReason) return reasonOf(new Error(loaded.unhealthyReason));
  return undefined;
}

import { errors, isGlimpseError, withDetails } from '../../errors.ts';
import type { Actor } from '../../repository/history/history-entry.ts';
import type { Manifest } from '../../repository/manifest.ts';
import { productionLabel } from '../../repository/names.ts';
import type { ReleaseRecord } from '../../repository/releases/release-record.ts';
import type { Repository } from '../../repository/repository.ts';
import type { Judgement } from './judgement.ts';
import type { PresentVersion } from './present.ts';

type Writable = Pick<Repository, 'setLabel' | 'releases'>;

/**
 * Gives the version that answers by default the label production before another one is published, so that no newer
 * one answers because it is newer.
 */
export async function pinPresent(
  repository: Writable,
  model: string,
  present: PresentVersion | undefined,
  by: Actor,
  signal: AbortSignal,
): Promise<void> {
  if (present === undefined || present.isLabelled) return;
  const cause = { by, why: 'It answers already, and another version is about to be published.' };
  const change = { model, label: productionLabel, version: present.version, from: null, cause };
  await unlessMoved(repository.setLabel(change, signal));
}

/** What became of a version that was judged. */
export interface Release {
  readonly record: ReleaseRecord;
  /** For people, where the version does not answer for production. */
  readonly note: string | undefined;
}

/**
 * Records the decision beside the version, then moves the label when it was promoted: only from the version it was
 * compared with. A run that died between publishing and this is bound by what it had recorded.
 */
export async function carryOut(
  repository: Writable,
  { model, version }: Pick<Manifest, 'model' | 'version'>,
  { rule, present, checks, comparisons, decision, reason }: Judgement,
  by: Actor,
  signal: AbortSignal,
): Promise<Release> {
  try {
    const record = await repository.releases.putRecord(
      {
        formatVersion: 1,
        model,
        version,
        decidedAt: new Date().toISOString(),
        decision,
        reason,
        ...(rule !== undefined && { rule }),
        ...(present && { present: present.version }),
        checks: [...checks],
        comparisons: [...comparisons],
      },
      signal,
    );
    if (record.decision === 'kept') return { record, note: keptNote(record) };
    // Publishing has moved the label already.
    if (record.rule === undefined) return { record, note: undefined };
    const from = record.present ?? null;
    const cause = { by, why: record.reason, evidence: evidenceOf(record) };
    const change = { model, label: productionLabel, version, from, cause };
    const isMoved = await unlessMoved(repository.setLabel(change, signal));
    return { record, note: isMoved ? undefined : overtakenNote(record) };
  } catch (error) {
    if (!isGlimpseError(error)) throw error;
    throw withDetails(error, { ...error.details, model, version, published: true });
  }
}

/** What the decision rests on, in short; the record beside the version has all of it. */
function evidenceOf({ rule, comparisons }: ReleaseRecord): Record<string, unknown> {
  const figures = comparisons.map(({ disagreements: _classes, ...compared }) => compared);
  return { rule, ...(figures.length > 0 && { comparisons: figures.slice(0, MAX_COMPARISONS) }) };
}

/** How many comparisons an entry of the history has room for. */
const MAX_COMPARISONS = 10;

/** false when the label is somewhere else by now. */
async function unlessMoved(change: Promise<unknown>): Promise<boolean> {
  try {
    await change;
    return true;
  } catch (error) {
    if (error instanceof errors.GLIMPSE_LABEL_CONFLICT) return false;
    throw error;
  }
}

function keptNote(record: ReleaseRecord): string {
  const { present, reason } = record;
  return `The label "${productionLabel}" stays on version ${present}. ${reason} ${howTo(record)}`;
}

function overtakenNote(record: ReleaseRecord): string {
  const was = record.present === undefined ? 'set' : `moved from version ${record.present}`;
  return `The label "${productionLabel}" was ${was} by somebody else meanwhile, and stays where it is. ${howTo(record)}`;
}

function howTo({ model, version }: ReleaseRecord): string {
  const path = `/models/${model}/labels/${productionLabel}`;
  return `Version ${version} answers by its number (POST /models/${model}/versions/${version}/predict); to promote it: PUT ${path} with {"version": ${version}}.`;
}

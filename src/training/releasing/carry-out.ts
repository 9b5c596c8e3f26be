import { errors, isGlimpseError, withDetails } from '../../errors.ts';
import type { Actor } from '../../repository/history/history-entry.ts';
import type { Manifest } from '../../repository/manifest.ts';
import { productionLabel } from '../../repository/names.ts';
import type { ReleaseRecord } from '../../repository/releases/release-record.ts';
import type { Repository } from '../../repository/repository.ts';
import type { Judgement } from './judgement.ts';
import type { PresentVersion } from './present.ts';

type Writable = Pick<Repository, 'setLabel' | 'releases' | 'approvals'>;

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
  const change = { model, label: productionLabel, version: present.version, from: null };
  // It answers by default already: nobody is answered by another version through this.
  const pin = { ...change, cause, isApproved: true };
  await unlessMoved(repository.setLabel(pin, signal));
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
    // Publishing has moved the label already, or has asked for it where it is protected.
    if (record.rule === undefined) {
      const waiting = await repository.approvals.pending(model, signal);
      const waits = waiting.some(({ change }) => 'version' in change && change.version === version);
      return { record, note: waits ? waitingNote(record) : undefined };
    }
    const from = record.present ?? null;
    const cause = { by, why: record.reason, evidence: evidenceOf(record) };
    const change = { model, label: productionLabel, version, from, cause };
    const outcome = await unlessMoved(repository.setLabel(change, signal));
    const notes = { moved: undefined, overtaken: overtakenNote, waiting: waitingNote };
    return { record, note: notes[outcome]?.(record) };
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

/** overtaken: the label is somewhere else by now. waiting: it is protected, and a second caller decides. */
async function unlessMoved(change: Promise<unknown>): Promise<'moved' | 'overtaken' | 'waiting'> {
  try {
    await change;
    return 'moved';
  } catch (error) {
    if (error instanceof errors.GLIMPSE_LABEL_CONFLICT) return 'overtaken';
    if (error instanceof errors.GLIMPSE_APPROVAL_PENDING) return 'waiting';
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

function waitingNote({ model, version }: ReleaseRecord): string {
  return `The label "${productionLabel}" is protected: it moves to version ${version} when a caller with the scope "release" approves that (GET /models/${model}/approvals).`;
}

function howTo({ model, version }: ReleaseRecord): string {
  const path = `/models/${model}/labels/${productionLabel}`;
  return `Version ${version} answers by its number (POST /models/${model}/versions/${version}/predict); to promote it: PUT ${path} with {"version": ${version}}.`;
}

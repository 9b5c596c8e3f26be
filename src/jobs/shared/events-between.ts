import { canonicalJson } from '../../json.ts';
import { hasEnded, stateEvent, type JobEvent, type JobRecord } from '../record.ts';

/** What has happened to a job between two looks at its record. What no record keeps is not among it. */
export function* eventsBetween(before: JobRecord, after: JobRecord): Generator<JobEvent> {
  const hasChanged = after.state !== before.state;
  if (hasChanged && !hasEnded(after)) yield stateEvent(after);
  if (after.stage !== undefined && after.stage !== before.stage) {
    yield { type: 'stage', stage: after.stage };
  }
  if (after.dataset && !isSame(after.dataset, before.dataset)) {
    yield { type: 'dataset', dataset: after.dataset };
  }
  yield* epochsBetween(before, after);
  if (after.mistakes && !isSame(after.mistakes, before.mistakes)) {
    yield { type: 'mistakes', mistakes: after.mistakes };
  }
  for (const note of after.notes) {
    if (!before.notes.includes(note)) yield { type: 'note', note };
  }
  if (after.progress && !isSame(after.progress, before.progress)) {
    yield { type: 'predicted', progress: after.progress };
  }
  for (const trial of after.trials ?? []) {
    if (!before.trials?.some((one) => isSame(one, trial))) yield { type: 'trial', trial };
  }
  if (after.publishable && !before.publishable) yield { type: 'finished' };
  if (hasChanged && hasEnded(after)) yield stateEvent(after);
}

/** A run that was resumed begins with fewer epochs than were known, and repeats the others. */
function* epochsBetween(before: JobRecord, after: JobRecord): Generator<JobEvent> {
  const isResumed = after.history.length < before.history.length;
  if (after.net && (!before.net || isResumed)) {
    yield { type: 'net', ...after.net, history: isResumed ? after.history : before.history };
  }
  const last = before.history.at(-1)?.epoch ?? 0;
  for (const epoch of after.history) if (epoch.epoch > last) yield { type: 'epoch', epoch };
}

function isSame(one: unknown, other: unknown): boolean {
  return canonicalJson(one ?? null) === canonicalJson(other ?? null);
}

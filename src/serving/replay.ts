import type { Account } from '../account.ts';
import { throwIfCancelled, type Cancellation } from '../cancellation.ts';
import type { LogLine } from '../evidence/log/log-line.ts';
import { readImage, readLines, type LogRange, type LogStore } from '../evidence/log/read-log.ts';
import type { FailedPrediction, Prediction, Predictor } from './predictor.ts';

/** Which logged predictions are asked again, and of which version. */
export interface ReplayRequest extends LogRange {
  readonly model: string;
  readonly version: number;
  /** Images at most. */
  readonly limit: number;
  readonly cancellation: Cancellation;
  readonly account?: Account | undefined;
}

/** An answer that another version gives otherwise. */
export interface ChangedAnswer {
  readonly id: string;
  /** SHA-256 of the image. */
  readonly image: string;
  readonly before: { readonly version: number; readonly class: string; readonly score?: number };
  readonly after:
    | { readonly version: number; readonly class: string; readonly score: number }
    | { readonly version: number; readonly error: string };
}

export interface ReplayResult {
  readonly model: string;
  readonly version: number;
  readonly replayed: number;
  readonly same: number;
  /** Every one of them. */
  readonly changed: readonly ChangedAnswer[];
  /** Logged predictions whose image or class is not kept. */
  readonly skipped: number;
  /** false: there are more than the limit in this time. */
  readonly isComplete: boolean;
}

/** Images asked about at once. */
const BATCH = 8;

/** Runs logged images through a version, by the path that answers callers, and tells every answer that changes. */
export async function replay(
  store: LogStore,
  predictor: Predictor,
  request: ReplayRequest,
): Promise<ReplayResult> {
  const { model, version, limit, cancellation } = request;
  const changed: ChangedAnswer[] = [];
  let [replayed, skipped, isComplete] = [0, 0, true];
  let waiting: Logged[] = [];
  const run = async (): Promise<void> => {
    changed.push(...(await changedOf(predictor, request, waiting)));
    replayed += waiting.length;
    waiting = [];
  };
  for await (const line of readLines(store, model, request)) {
    throwIfCancelled(cancellation);
    const logged = await loggedOf(store, line);
    if (!logged) skipped += 1;
    else if (replayed + waiting.length >= limit) {
      isComplete = false;
      break;
    } else waiting.push(logged);
    if (waiting.length === BATCH) await run();
  }
  if (waiting.length > 0) await run();
  const same = replayed - changed.length;
  return { model, version, replayed, same, changed, skipped, isComplete };
}

/** A logged prediction with what is needed to ask again. */
interface Logged {
  readonly line: LogLine & { readonly image: string; readonly class: string };
  readonly bytes: Uint8Array;
}

async function loggedOf(store: LogStore, line: LogLine): Promise<Logged | undefined> {
  const { image, class: answered } = line;
  if (image === undefined || answered === undefined) return undefined;
  const bytes = await readImage(store, line);
  return bytes && { line: { ...line, image, class: answered }, bytes };
}

async function changedOf(
  predictor: Predictor,
  { model, version, cancellation, account }: ReplayRequest,
  logged: readonly Logged[],
): Promise<ChangedAnswer[]> {
  const { predictions } = await predictor.predict({
    model,
    selector: { version },
    instances: logged.map(({ bytes }) => ({ kind: 'image', bytes })),
    topK: 1,
    partial: true,
    isUnobserved: true,
    cancellation,
    account,
  });
  return predictions.flatMap((after, at) => changeOf(logged[at]!, after, version));
}

function changeOf(
  { line: { id, image, version: earlier, class: answered, score } }: Logged,
  after: Prediction | FailedPrediction,
  version: number,
): ChangedAnswer[] {
  const before = { version: earlier, class: answered, ...(score !== undefined && { score }) };
  if ('error' in after) return [{ id, image, before, after: { version, error: after.error.code } }];
  if (after.label === answered) return [];
  return [{ id, image, before, after: { version, class: after.label, score: after.score } }];
}

import { setTimeout as delay } from 'node:timers/promises';
import type { Account } from '../../account.ts';
import { createCancellation } from '../../cancellation.ts';
import { errors, isGlimpseError } from '../../errors.ts';
import type { Predictor, PredictRequest, PredictResult } from '../predictor.ts';
import type { Instance } from '../prepare-instances.ts';
import { predictionId } from '../../evidence/prediction-id.ts';
import type { Disagreement } from '../../evidence/recent-predictions.ts';
import { comparePredictions, disagreementsOf, type Compared } from './compare-predictions.ts';

/** What became of requests that were shown to another version. */
export interface ShadowEvent {
  readonly model: string;
  /** The version that answered the caller, and the one that answered nobody. */
  readonly version: number;
  readonly shadow: number;
  readonly images: number;
  /** What both said; undefined when it was dropped because there was no room or too much to do. */
  readonly compared: Compared | undefined;
  readonly seconds: number;
}

/** Shows answered requests to another version, off the path of their callers. */
export interface ShadowRunner {
  /** Takes it or drops it at once, and throws nothing. */
  offer(shown: ShownRequest): void;
  /** Drops what waits, waits for what runs. */
  close(): Promise<void>;
}

export interface ShownRequest {
  readonly request: Pick<PredictRequest, 'model' | 'instances'>;
  readonly result: Pick<PredictResult, 'version' | 'predictions'> & {
    readonly evidence: Pick<PredictResult['evidence'], 'id'>;
  };
  readonly shadow: number;
  readonly onCompared?: (compared: Compared) => void;
}

export interface ShadowOptions {
  readonly predictor: Predictor;
  /** Images that wait or run at most; further ones are dropped. */
  readonly maxImages: number;
  /** Images of callers that wait to be decoded now: while there are any, nothing is begun. */
  readonly waiting: () => number;
  /** Who pays for one: an account that stands back behind those of callers. */
  readonly openAccount: (deadline: number) => Account & { close(): void };
  readonly onEvent: (event: ShadowEvent) => void;
  /** Is told of each prediction, by its id, that the other version would have answered otherwise. */
  readonly onDisagreement?: (id: string, other: Disagreement) => void;
}

/** Bytes of bodies that are kept at most. */
const maxBytes = 32 * 1024 * 1024;
/** What nobody waits for is given up after this time. */
const timeoutMs = 10_000;
/** How long a moment without callers is waited for, and how often it is looked for. */
const maxPatienceMs = 1_000;
const lookEveryMs = 10;

/** One request at a time, when no caller waits to be decoded. */
export function createShadowRunner(options: ShadowOptions): ShadowRunner {
  const queue: Held[] = [];
  const held = { images: 0, bytes: 0 };
  let running: Promise<void> | undefined;
  let isClosed = false;

  const finish = (one: Held, compared: Compared | undefined): void => {
    held.images -= one.images;
    held.bytes -= one.bytes;
    one.account.close();
    if (compared) one.onCompared?.(compared);
    report(options, one, compared);
  };
  const runAll = async (): Promise<void> => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
      finish(one, isClosed ? undefined : await runOne(options, one));
    }
    running = undefined;
  };

  return {
    offer(shown) {
      const images = shown.request.instances.length;
      const bytes = bytesOf(shown.request.instances);
      const deadline = performance.now() + timeoutMs;
      const fits = held.images + images <= options.maxImages && held.bytes + bytes <= maxBytes;
      const account = fits && !isClosed ? accountFor(options, bytes, deadline) : undefined;
      const one = { ...shown, images, bytes, deadline, startedAt: performance.now() };
      if (account === undefined) return report(options, one, undefined);
      held.images += images;
      held.bytes += bytes;
      queue.push({ ...one, account });
      running ??= runAll();
    },
    async close() {
      isClosed = true;
      await running;
    },
  };
}

interface Shown extends ShownRequest {
  readonly images: number;
  readonly bytes: number;
  readonly deadline: number;
  readonly startedAt: number;
}

interface Held extends Shown {
  readonly account: ReturnType<ShadowOptions['openAccount']>;
}

/** Undefined where the memory is needed for callers. */
function accountFor(
  { openAccount }: ShadowOptions,
  bytes: number,
  deadline: number,
): Held['account'] | undefined {
  const account = openAccount(deadline);
  try {
    account.keepMore(bytes);
    return account;
  } catch {
    account.close();
    return undefined;
  }
}

async function runOne(options: ShadowOptions, one: Held): Promise<Compared | undefined> {
  const { request, result, shadow, deadline, account } = one;
  if (!(await findMoment(options.waiting))) return undefined;
  const cancellation = createCancellation({ deadline });
  try {
    const { predictions } = await options.predictor.predict({
      model: request.model,
      selector: { version: shadow },
      instances: request.instances,
      topK: Number.MAX_SAFE_INTEGER,
      partial: true,
      isUnobserved: true,
      cancellation,
      account,
    });
    for (const { index, label } of disagreementsOf(result.predictions, predictions)) {
      options.onDisagreement?.(predictionId(result.evidence.id, index), { version: shadow, label });
    }
    return comparePredictions(result.predictions, predictions);
  } catch (error) {
    if (isCrowded(error)) return undefined;
    return { compared: 0, agreed: 0, failed: one.images, differences: [] };
  } finally {
    cancellation.end();
  }
}

/** Waits until no caller waits; false when that does not happen soon. */
async function findMoment(waiting: () => number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < maxPatienceMs; waitedMs += lookEveryMs) {
    if (waiting() === 0) return true;
    await delay(lookEveryMs, undefined, { ref: false });
  }
  return false;
}

/** It did not run because there was too much to do, or the server ends: that says nothing of the version. */
function isCrowded(error: unknown): boolean {
  if (!isGlimpseError(error)) return false;
  return error.statusCode === 429 || error instanceof errors.GLIMPSE_DRAINING;
}

function report(
  { onEvent }: ShadowOptions,
  { request, result, shadow, images, startedAt }: Shown,
  compared: Compared | undefined,
): void {
  const seconds = (performance.now() - startedAt) / 1000;
  const { model } = request;
  onEvent({ model, version: result.version, shadow, images, compared, seconds });
}

/** What a body of a few nested pixels may take. */
const nestedPixelBytes = 256 * 1024;

/** Bytes that stay in memory with these: an image may be a piece of a larger body. */
function bytesOf(instances: readonly Instance[]): number {
  const buffers = new Set<ArrayBufferLike>();
  let nested = 0;
  for (const instance of instances) {
    if (instance.kind === 'image') buffers.add(instance.bytes.buffer);
    else if ('values' in instance && instance.kind !== 'pixels')
      buffers.add(instance.values.buffer);
    else nested += nestedPixelBytes;
  }
  return [...buffers].reduce((sum, { byteLength }) => sum + byteLength, nested);
}

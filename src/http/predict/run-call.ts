import type { EventLoopTurns } from '../../admission/event-loop-turns.ts';
import type { Arrival } from '../../admission/arrivals.ts';
import type { Ledger, RequestAccount } from '../../admission/ledger.ts';
import type { Cancellation } from '../../cancellation.ts';
import { bulkOf, type Flow } from '../../fair-queue.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import { stageNames } from '../../metrics/serving-metrics.ts';
import type { PredictRequest, PredictResult, Predictor } from '../../serving/predictor.ts';
import { warningNames } from '../../serving/warnings.ts';
import type { BodyContext } from './image-body.ts';
import type { JsonParser } from './json-parser.ts';
import type { Stages } from './prediction-evidence.ts';

export interface CallOptions {
  readonly predictor: Predictor;
  readonly metrics: Metrics;
  /** Keeps the accounts of requests. */
  readonly ledger: Ledger;
  readonly json: JsonParser;
  readonly turns: EventLoopTurns;
}

/** A call for predictions that was let in by what its head says. */
export interface Call extends Pick<PredictRequest, 'model' | 'selector' | 'sticky'> {
  readonly flow: Flow;
  readonly arrival: Arrival;
  readonly cancellation: Cancellation;
}

/** What the body of a call asks for. */
export interface Asked extends Pick<
  PredictRequest,
  'instances' | 'topK' | 'partial' | 'strict' | 'withOutputs'
> {
  /** Nobody waits for it. */
  readonly isBulk?: boolean;
  /** Its answer is of no use so many milliseconds after it came. */
  readonly timeoutMs?: number | undefined;
}

/** What became of a call, before it is written down. */
export interface Answered {
  readonly result: PredictResult;
  readonly stages: Stages;
  readonly price: RequestAccount['price'];
}

/**
 * The way of every call for predictions, whatever wire it came over: its body is read on its account, its images are
 * answered, `write` makes of that what is sent, and the metrics are told. What it cost is given back however it ends.
 */
export async function runCall<Written>(
  options: CallOptions,
  { flow, arrival, cancellation, ...choice }: Call,
  read: (context: BodyContext) => Promise<Asked>,
  write: (answered: Answered) => Written,
): Promise<Written> {
  const { json, turns } = options;
  const account = options.ledger.open(flow, cancellation.deadline);
  try {
    const { isBulk, timeoutMs, ...asked } = await read({
      cancellation,
      account,
      arrival,
      json,
      turns,
    });
    if (timeoutMs !== undefined) cancellation.expireBy(cancellation.startedAt + timeoutMs);
    if (isBulk || timeoutMs !== undefined) {
      account.change({ flow: isBulk ? bulkOf(flow) : flow, deadline: cancellation.deadline });
    }
    const receiveMs = performance.now() - cancellation.startedAt;
    const result = await options.predictor.predict({ ...choice, ...asked, cancellation, account });
    const { decodeMs, queueMs, inferMs } = result.timings;
    const stages = { receive: receiveMs, decode: decodeMs, queue: queueMs, infer: inferMs };
    const encodeStart = performance.now();
    const written = write({ result, stages, price: account.price });
    observe(options.metrics, result, { ...stages, encode: performance.now() - encodeStart });
    return written;
  } finally {
    arrival.close();
    account.close();
  }
}

/** How long each stage took; of that, waiting for a turn or memory; and the price: expected work, and most memory. */
export function serverTiming({ stages, price: { waitedMs, workMs, bytes } }: Answered): string {
  const times = Object.entries({ ...stages, wait: waitedMs, price: workMs });
  const parts = times.map(([stage, ms]) => `${stage};dur=${ms.toFixed(2)}`);
  return `${parts.join(', ')};desc="${bytes} bytes"`;
}

function observe(metrics: Metrics, result: PredictResult, stages: Stages): void {
  const { model, version, predictions, inputs } = result;
  for (const stage of stageNames) {
    const ms = stages[stage];
    if (ms !== undefined) metrics.observeStage(stage, model, ms / 1000);
  }
  const failed = predictions.filter((prediction) => 'error' in prediction).length;
  metrics.countImages(model, version, 'predicted', predictions.length - failed);
  metrics.countImages(model, version, 'failed', failed);
  const warned = predictions.flatMap((each) => ('error' in each ? [] : (each.warnings ?? [])));
  for (const warning of warningNames) {
    metrics.countWarnings(model, warning, warned.filter((each) => each === warning).length);
  }
  for (const input of inputs) {
    if (input) metrics.countInput(model, input.provenance.format, input.marks);
  }
}

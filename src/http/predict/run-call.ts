import type { EventLoopTurns } from '../../admission/event-loop-turns.ts';
import type { Arrival } from '../../admission/arrivals.ts';
import type { Ledger, RequestAccount } from '../../admission/ledger.ts';
import type { Cancellation } from '../../cancellation.ts';
import { bulkOf, type Flow } from '../../fair-queue.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import type { PredictRequest, PredictResult, Predictor } from '../../serving/predictor.ts';
import type { RequestSpan } from '../../tracing/tracing.ts';
import { keptTrace } from '../trace-context.ts';
import type { CallStatistics } from './call-statistics.ts';
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
  readonly statistics: CallStatistics;
}

/** A call for predictions that was let in by what its head says. */
export interface Call extends Pick<PredictRequest, 'model' | 'selector' | 'sticky'> {
  readonly flow: Flow;
  readonly arrival: Arrival;
  readonly cancellation: Cancellation;
  /** Of the request, where requests are traced. */
  readonly span?: RequestSpan | undefined;
}

/** What the body of a call asks for. */
export interface Asked extends Pick<
  PredictRequest,
  | 'instances'
  | 'topK'
  | 'partial'
  | 'strict'
  | 'sets'
  | 'withOutputs'
  | 'read'
  | 'explain'
  | 'onSignature'
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
  { flow, arrival, cancellation, span, model, selector, sticky }: Call,
  read: (context: BodyContext) => Asked | Promise<Asked>,
  write: (answered: Answered) => Written,
): Promise<Written> {
  const { json, turns } = options;
  const { startedAt } = cancellation;
  const account = options.ledger.open(flow, cancellation.deadline, span);
  try {
    const reading = read({ cancellation, account, arrival, json, turns });
    const asked = reading instanceof Promise ? await reading : reading;
    const { isBulk, timeoutMs, read: way, ...images } = asked;
    if (timeoutMs !== undefined) cancellation.expireBy(startedAt + timeoutMs);
    if (isBulk || timeoutMs !== undefined) {
      account.change({ flow: isBulk ? bulkOf(flow) : flow, deadline: cancellation.deadline });
    }
    const receiveMs = performance.now() - startedAt;
    const result = await options.predictor.predict({
      model,
      selector,
      sticky,
      ...images,
      read: way,
      onExamples: (way ?? images.explain) && ((count) => arrival.runs(count)),
      cancellation,
      account,
    });
    const { decodeMs, queueMs, inferMs } = result.timings;
    const stages = { receive: receiveMs, decode: decodeMs, queue: queueMs, infer: inferMs };
    const encodeStart = performance.now();
    const written = write({ result, stages, price: account.price });
    const encodeMs = performance.now() - encodeStart;
    observe(options.metrics, result, stages, encodeMs, keptTrace(span));
    if (span) trace(span, startedAt, result, { ...stages, encode: encodeMs });
    options.statistics.answered(result, stages, encodeMs, performance.now() - startedAt);
    return written;
  } catch (error) {
    options.statistics.failed({ model, selector }, performance.now() - startedAt);
    throw error;
  } finally {
    arrival.close();
    account.close();
  }
}

/** How long each stage took; of that, waiting for a turn or memory; and the price: expected work, and most memory. */
export function serverTiming({ stages, price: { waitedMs, workMs, bytes } }: Answered): string {
  const { receive, decode, queue, infer } = stages;
  return (
    `receive;dur=${receive.toFixed(2)}, decode;dur=${decode.toFixed(2)}, queue;dur=${queue.toFixed(2)}, ` +
    `infer;dur=${infer.toFixed(2)}, wait;dur=${waitedMs.toFixed(2)}, price;dur=${workMs.toFixed(2)};desc="${bytes} bytes"`
  );
}

/** Hangs the stages below the span of the request, one after the other; images of one request are decoded side by side. */
function trace(
  span: RequestSpan,
  startedAt: number,
  { model, version, predictions, evidence }: PredictResult,
  stages: Stages & { readonly encode: number },
): void {
  const batches = evidence.batches.map(({ id }) => id).join(' ');
  span.note({ model, version, images: predictions.length, batches });
  let from = startedAt;
  for (const [stage, ms] of Object.entries(stages)) {
    span.addStage(stage, from, from + ms);
    from += ms;
  }
}

function observe(
  metrics: Metrics,
  { model, version, predictions, inputs }: PredictResult,
  { receive, decode, queue, infer }: Stages,
  encodeMs: number,
  traceId: string | undefined,
): void {
  metrics.observeStage('receive', model, receive / 1000, traceId);
  metrics.observeStage('decode', model, decode / 1000, traceId);
  metrics.observeStage('queue', model, queue / 1000, traceId);
  metrics.observeStage('infer', model, infer / 1000, traceId);
  metrics.observeStage('encode', model, encodeMs / 1000, traceId);
  let failed = 0;
  for (const prediction of predictions) {
    if ('error' in prediction) failed += 1;
    else if (prediction.warnings) {
      for (const warning of prediction.warnings) metrics.countWarnings(model, warning, 1);
    }
  }
  metrics.countImages(model, version, 'predicted', predictions.length - failed);
  metrics.countImages(model, version, 'failed', failed);
  for (const input of inputs) {
    if (input) metrics.countInput(model, input.provenance.format, input.marks);
  }
}

import { Counter, type Registry } from 'prom-client';
import { byModel } from './bounded-label.ts';
import { secondsBuckets } from './http-metrics.ts';
import { sampledGauge } from './sampled-gauge.ts';
import { SeriesCounter, SeriesHistogram, type CountSeries, type ObservedSeries } from './series.ts';

/** The stages of a prediction, in the order a request meets them. */
export const stageNames = ['receive', 'decode', 'queue', 'infer', 'encode'] as const;
export type Stage = (typeof stageNames)[number];

export interface ServingMetrics {
  /** One stage of one predict call. */
  observeStage(stage: Stage, model: string, seconds: number, traceId?: string): void;
  /** One run of a model on `size` images. */
  observeBatch(model: string, size: number): void;
  /** Images of one predict call that got a prediction, and those that got an error. */
  countImages(model: string, version: number, outcome: 'predicted' | 'failed', count: number): void;
  /** Predictions of one predict call that carried this warning. */
  countWarnings(model: string, warning: string, count: number): void;
  /** Images a version refused or dropped, by the batcher's reason. */
  countReject(model: string, reason: string, images: number): void;
  /** A predict call that was refused by its head, before anything of its body was looked at. */
  countRefusal(model: string, reason: string, priority: string): void;
  /** Drops the series of an unloaded version, so versions may come and go for years. */
  forgetVersion(model: string, version: number): void;
}

export interface QueueSample {
  readonly model: string;
  readonly version: number;
  /** Images waiting for this version. */
  readonly queueDepth: number;
  /** How long it takes until everything that was let in for this version is answered. */
  readonly waitMs: number;
}

export interface ServingSources {
  queues(): readonly QueueSample[];
  decodeQueueDepth(): number;
}

/** `source` is asked at every scrape, so gauges need no bookkeeping and forget unloaded versions. */
export function createServingMetrics(
  register: Registry,
  source: () => ServingSources | undefined,
  boundModel: (model: string) => string,
): ServingMetrics {
  const registers = [register];
  const stages = new SeriesHistogram({
    name: 'glimpse_stage_seconds',
    help: 'Time of one predict call in each stage: receive, decode, queue, infer, encode.',
    labelNames: ['stage', 'model'],
    buckets: secondsBuckets,
    registers,
  });
  const batches = new SeriesHistogram({
    name: 'glimpse_batch_size',
    help: 'Images in one run of a model.',
    labelNames: ['model'],
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
    registers,
  });
  const images = new SeriesCounter({
    name: 'glimpse_images_total',
    help: 'Images of predict calls by the version that answered and the outcome: predicted, failed.',
    labelNames: ['model', 'version', 'outcome'],
    registers,
  });
  const warnings = new Counter({
    name: 'glimpse_prediction_warnings_total',
    help: 'Predictions that carried a warning: damaged, blank, no_ink, several, uncertain.',
    labelNames: ['model', 'warning'],
    registers,
  });
  const { rejects, refusals } = refusalCounters(register);
  registerQueueGauges(register, source);
  const seriesOf = byModel(
    boundModel,
    (model) => new ModelSeries(model, { stages, batches, images }),
  );
  return {
    observeStage: (stage, model, seconds, traceId) =>
      seriesOf(model).stages[stage].observe(seconds, traceId),
    observeBatch: (model, size) => seriesOf(model).batches.observe(size),
    countImages: (model, version, outcome, count) => {
      if (count > 0) seriesOf(model).imagesOf(version, outcome).add(count);
    },
    countWarnings: (model, warning, count) => {
      if (count > 0) warnings.inc({ model: boundModel(model), warning }, count);
    },
    countReject: (model, reason, images) =>
      rejects.inc({ model: boundModel(model), reason }, images),
    countRefusal: (model, reason, priority) =>
      refusals.inc({ model: boundModel(model), reason, priority }),
    forgetVersion: (model, version) => {
      for (const outcome of outcomes) images.remove(boundModel(model), String(version), outcome);
      seriesOf(model).forgetVersion(version);
    },
  };
}

const outcomes = ['predicted', 'failed'] as const;
type Outcome = (typeof outcomes)[number];

/** What predict calls of one model are counted in. */
class ModelSeries {
  readonly stages: Readonly<Record<Stage, ObservedSeries>>;
  readonly batches: ObservedSeries;
  readonly #images = new Map<number, Readonly<Record<Outcome, CountSeries>>>();
  readonly #imagesOf: (version: number, outcome: Outcome) => CountSeries;

  constructor(
    model: string,
    metrics: { stages: SeriesHistogram; batches: SeriesHistogram; images: SeriesCounter },
  ) {
    const ofStage = (stage: Stage): ObservedSeries => metrics.stages.of(stage, model);
    this.stages = {
      receive: ofStage('receive'),
      decode: ofStage('decode'),
      queue: ofStage('queue'),
      infer: ofStage('infer'),
      encode: ofStage('encode'),
    };
    this.batches = metrics.batches.of(model);
    this.#imagesOf = (version, outcome) => metrics.images.of(model, String(version), outcome);
  }

  imagesOf(version: number, outcome: Outcome): CountSeries {
    let known = this.#images.get(version);
    if (!known) {
      const of = (one: Outcome): CountSeries => this.#imagesOf(version, one);
      known = { predicted: of('predicted'), failed: of('failed') };
      this.#images.set(version, known);
    }
    return known[outcome];
  }

  forgetVersion(version: number): void {
    this.#images.delete(version);
  }
}

function refusalCounters(register: Registry) {
  const registers = [register];
  const rejects = new Counter({
    name: 'glimpse_rejects_total',
    help: 'Images a version refused or dropped before they cost anything, by reason: full, deadline, aborted, draining.',
    labelNames: ['model', 'reason'],
    registers,
  });
  const refusals = new Counter({
    name: 'glimpse_admission_refusals_total',
    help: 'Predict calls refused before their body was read, by reason and priority: full (no room in the queue), late (their deadline would have passed in it); online, bulk.',
    labelNames: ['model', 'reason', 'priority'],
    registers,
  });
  return { rejects, refusals };
}

function registerQueueGauges(register: Registry, source: () => ServingSources | undefined): void {
  sampledGauge(
    register,
    {
      name: 'glimpse_queue_depth',
      help: 'Images waiting for a version now.',
      labelNames: ['model', 'version'],
    },
    () =>
      (source()?.queues() ?? []).map(({ model, version, queueDepth }) => ({
        labels: { model, version: String(version) },
        value: queueDepth,
      })),
  );
  sampledGauge(
    register,
    {
      name: 'glimpse_queue_wait_seconds',
      help: 'Time until everything is answered that was let in for a version, as its runs have gone of late.',
      labelNames: ['model', 'version'],
      // Each process of a server has a queue of its own.
      aggregator: 'max',
    },
    () =>
      (source()?.queues() ?? []).map(({ model, version, waitMs }) => ({
        labels: { model, version: String(version) },
        value: waitMs / 1000,
      })),
  );
  sampledGauge(
    register,
    { name: 'glimpse_decode_queue_depth', help: 'Images waiting to be decoded now.' },
    () => [{ labels: {}, value: source()?.decodeQueueDepth() ?? 0 }],
  );
}

import type { Collected } from './merged.ts';

/** A line of the log that CloudWatch reads metrics from (Embedded Metric Format). */
export interface EmbeddedMetrics {
  readonly _aws: {
    /** Milliseconds since 1970. */
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly [
      {
        readonly Namespace: string;
        readonly Dimensions: readonly (readonly string[])[];
        readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
      },
    ];
  };
  readonly [field: string]: unknown;
}

type Unit = 'Count' | 'Seconds' | 'None';

/** What one metric of CloudWatch is made of; a counter is told by what it grew. */
interface Told {
  readonly name: string;
  readonly unit: Unit;
  readonly of: string;
  readonly kind: 'growth' | 'now' | 'highest' | 'histogram';
  /** A histogram has several series, told apart by the ends of their names. */
  readonly where?: (labels: Labels, series: string) => boolean;
}

type Labels = Readonly<Partial<Record<string, string | number>>>;

const statusFrom =
  (from: number, to: number) =>
  ({ status }: Labels): boolean =>
    Number(status) >= from && Number(status) <= to;

/** The routes of predictions, by our own names and those of other servers. */
const predictRoute = /\/(predict|invocations|infer)$|:(predict|classify)$|^\/predictions\//;

/** Each costs by the month, so they are few: what alarms and scaling go by. */
const ofServer: readonly Told[] = [
  { name: 'Requests', unit: 'Count', of: 'glimpse_http_requests_total', kind: 'growth' },
  {
    name: 'ClientErrors',
    unit: 'Count',
    of: 'glimpse_http_requests_total',
    kind: 'growth',
    where: statusFrom(400, 498),
  },
  {
    name: 'ServerErrors',
    unit: 'Count',
    of: 'glimpse_http_requests_total',
    kind: 'growth',
    where: statusFrom(500, 599),
  },
  {
    name: 'PredictSeconds',
    unit: 'Seconds',
    of: 'glimpse_http_request_seconds',
    kind: 'histogram',
    where: ({ route }) => predictRoute.test(String(route)),
  },
  { name: 'Ready', unit: 'None', of: 'glimpse_ready', kind: 'now' },
  { name: 'Quarantines', unit: 'Count', of: 'glimpse_quarantines_total', kind: 'growth' },
  {
    name: 'FailedJobs',
    unit: 'Count',
    of: 'glimpse_training_job_seconds',
    kind: 'growth',
    where: ({ outcome }, series) => outcome === 'failed' && series.endsWith('_count'),
  },
];
const ofModel: readonly Told[] = [
  {
    name: 'Images',
    unit: 'Count',
    of: 'glimpse_images_total',
    kind: 'growth',
    where: ({ outcome }) => outcome === 'predicted',
  },
  {
    name: 'FailedImages',
    unit: 'Count',
    of: 'glimpse_images_total',
    kind: 'growth',
    where: ({ outcome }) => outcome === 'failed',
  },
  { name: 'Rejects', unit: 'Count', of: 'glimpse_rejects_total', kind: 'growth' },
  { name: 'QueueDepth', unit: 'Count', of: 'glimpse_queue_depth', kind: 'now' },
  { name: 'QueueWaitSeconds', unit: 'Seconds', of: 'glimpse_queue_wait_seconds', kind: 'now' },
  { name: 'DriftPsi', unit: 'None', of: 'glimpse_drift_psi', kind: 'highest' },
];

interface Sample {
  readonly labels: Labels;
  readonly value: number;
  /** Of histograms, which have several series under one name. */
  readonly metricName?: string;
}

/** Makes of every scrape what has changed since the last one. */
export class EmbeddedMetricsWriter {
  readonly #namespace: string;
  readonly #before = new Map<string, number>();

  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  /** One line for the server, and one for each model that has figures. */
  linesOf(collected: Collected, now: number): EmbeddedMetrics[] {
    const samplesOf = new Map<string, readonly Sample[]>(
      collected.map(({ name, values }) => [name, values as readonly Sample[]]),
    );
    const growth = new Map<Sample, number>();
    for (const [name, samples] of samplesOf) {
      for (const sample of samples) growth.set(sample, this.#growthOf(name, sample));
    }
    const models = new Set<string>();
    for (const { of } of ofModel) {
      for (const { labels } of samplesOf.get(of) ?? []) {
        if (labels['model'] !== undefined) models.add(String(labels['model']));
      }
    }
    const line = (told: readonly Told[], model?: string): EmbeddedMetrics | undefined => {
      const figures = told.flatMap(({ name, unit, of, kind, where = () => true }) => {
        const samples = (samplesOf.get(of) ?? []).filter(
          ({ labels, metricName = of }) =>
            where(labels, metricName) && (model === undefined || labels['model'] === model),
        );
        const value =
          kind === 'histogram' ? histogramOf(samples, growth) : figureOf(samples, kind, growth);
        return value === undefined ? [] : [{ name, unit, value }];
      });
      if (figures.length === 0) return undefined;
      return {
        _aws: {
          Timestamp: now,
          CloudWatchMetrics: [
            {
              Namespace: this.#namespace,
              Dimensions: [model === undefined ? [] : ['Model']],
              Metrics: figures.map(({ name, unit }) => ({ Name: name, Unit: unit })),
            },
          ],
        },
        ...(model !== undefined && { Model: model }),
        ...Object.fromEntries(figures.map(({ name, value }) => [name, value])),
      };
    };
    const lines = [line(ofServer), ...[...models].map((model) => line(ofModel, model))];
    return lines.filter((each) => each !== undefined);
  }

  /** A counter that is smaller than before began again: that of a process that was started anew. */
  #growthOf(name: string, { metricName = name, labels, value }: Sample): number {
    const key = `${metricName} ${JSON.stringify(labels)}`;
    const before = this.#before.get(key) ?? 0;
    this.#before.set(key, value);
    return value < before ? value : value - before;
  }
}

/** Nothing where there is no sample of what is now; what did not happen has grown by nothing. */
function figureOf(
  samples: readonly Sample[],
  kind: 'growth' | 'now' | 'highest',
  growth: ReadonlyMap<Sample, number>,
): number | undefined {
  if (kind === 'growth') return samples.reduce((sum, sample) => sum + growth.get(sample)!, 0);
  if (samples.length === 0) return undefined;
  const values = samples.map(({ value }) => value);
  return kind === 'highest' ? Math.max(...values) : values.reduce((sum, value) => sum + value, 0);
}

/** The middle of each bucket, and how many fell into it; nothing where nothing did. */
function histogramOf(samples: readonly Sample[], growth: ReadonlyMap<Sample, number>) {
  const upTo = new Map<number, number>();
  let sum = 0;
  for (const sample of samples) {
    const { metricName = '', labels } = sample;
    const grown = growth.get(sample)!;
    if (metricName.endsWith('_sum')) sum += grown;
    if (!metricName.endsWith('_bucket')) continue;
    const bound = labels['le'] === '+Inf' ? Infinity : Number(labels['le']);
    upTo.set(bound, (upTo.get(bound) ?? 0) + grown);
  }
  const bounds = [...upTo.keys()].toSorted((one, other) => one - other);
  const buckets = bounds.flatMap((bound, index) => {
    const below = bounds[index - 1] ?? 0;
    const count = upTo.get(bound)! - (upTo.get(below) ?? 0);
    return count <= 0 ? [] : [{ value: middleOf(below, bound), count }];
  });
  if (buckets.length === 0) return undefined;
  return {
    Values: buckets.map(({ value }) => value),
    Counts: buckets.map(({ count }) => count),
    Min: buckets[0]!.value,
    Max: buckets.at(-1)!.value,
    Count: buckets.reduce((all, { count }) => all + count, 0),
    Sum: sum,
  };
}

/** Without the digits that the sum of two fractions adds; beyond the last bound there is no middle. */
function middleOf(below: number, bound: number): number {
  return bound === Infinity ? below : Number(((below + bound) / 2).toPrecision(6));
}

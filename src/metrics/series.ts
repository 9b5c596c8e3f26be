import {
  Counter,
  Histogram,
  type CounterConfiguration,
  type HistogramConfiguration,
} from 'prom-client';

/**
 * Metrics of what happens with every request. prom-client looks its labels up at each observation; whoever observes so
 * often keeps the series of its labels, and prom-client is told when somebody asks.
 */

interface Labelled {
  readonly labelNames: readonly string[];
}

/** The series of a metric by the values of its labels, which are given in the order of `labelNames`. */
class SeriesByLabels<Series> {
  readonly #labelNames: readonly string[];
  readonly #make: () => Series;
  readonly #known = new Map<string, { readonly labels: Record<string, string>; series: Series }>();

  constructor(labelNames: readonly string[], make: () => Series) {
    this.#labelNames = labelNames;
    this.#make = make;
  }

  of(values: readonly string[]): Series {
    const key = JSON.stringify(values);
    const known = this.#known.get(key);
    if (known) return known.series;
    const series = this.#make();
    const labels = Object.fromEntries(this.#labelNames.map((name, at) => [name, values[at]!]));
    this.#known.set(key, { labels, series });
    return series;
  }

  remove(values: readonly string[]): void {
    this.#known.delete(JSON.stringify(values));
  }

  all(): Iterable<{ readonly labels: Record<string, string>; readonly series: Series }> {
    return this.#known.values();
  }
}

/** One label set of a counter. */
export class CountSeries {
  #pending = 0;

  add(count: number): void {
    this.#pending += count;
  }

  /** What was counted since this was asked before. */
  take(): number {
    const taken = this.#pending;
    this.#pending = 0;
    return taken;
  }
}

export class SeriesCounter {
  readonly #series: SeriesByLabels<CountSeries>;
  readonly #counter: Counter;

  constructor(configuration: CounterConfiguration<string> & Labelled) {
    const series = new SeriesByLabels(configuration.labelNames, () => new CountSeries());
    this.#series = series;
    this.#counter = new Counter({
      ...configuration,
      collect() {
        for (const { labels, series: one } of series.all()) {
          const counted = one.take();
          if (counted > 0) this.inc(labels, counted);
        }
      },
    });
  }

  of(...values: string[]): CountSeries {
    return this.#series.of(values);
  }

  /** What has kept the series must forget it as well. */
  remove(...values: string[]): void {
    this.#series.remove(values);
    this.#counter.remove(...values);
  }
}

/** One observation of a bucket that can be looked at: by the trace it belongs to. */
export interface Exemplar {
  readonly traceId: string;
  readonly value: number;
  /** In seconds since 1970. */
  readonly at: number;
}

/** One label set of a histogram. */
export class ObservedSeries {
  count = 0;
  sum = 0;
  /** How many observations belong into each bucket and into none before it. */
  readonly within: number[];
  /** The last traced observation of each bucket, the one without an end too; there are none until one was traced. */
  exemplars: (Exemplar | undefined)[] | undefined;
  readonly #bounds: readonly number[];

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.within = bounds.map(() => 0);
  }

  observe(value: number, traceId?: string): void {
    const bounds = this.#bounds;
    this.count += 1;
    this.sum += value;
    let at = 0;
    while (at < bounds.length && value > bounds[at]!) at += 1;
    if (at < bounds.length) this.within[at]! += 1;
    if (traceId !== undefined) {
      this.exemplars ??= [];
      this.exemplars[at] = { traceId, value, at: Date.now() / 1000 };
    }
  }
}

type Values = Awaited<ReturnType<Histogram['get']>>;

/** A value of a scrape; what prom-client does not know of it goes to the other processes of a server all the same. */
export type ExemplarValue = Values['values'][number] & { readonly exemplar?: Exemplar };

export class SeriesHistogram extends Histogram {
  readonly #series: SeriesByLabels<ObservedSeries>;
  readonly #bounds: readonly number[];
  /** Has no observations: what a scrape says of the metric beside its values. */
  readonly #description: Histogram;

  constructor(
    configuration: HistogramConfiguration<string> & Labelled & { readonly buckets: number[] },
  ) {
    super(configuration);
    const { buckets, labelNames } = configuration;
    this.#bounds = buckets;
    this.#series = new SeriesByLabels(labelNames, () => new ObservedSeries(buckets));
    this.#description = new Histogram({ ...configuration, registers: [] });
  }

  of(...values: string[]): ObservedSeries {
    return this.#series.of(values);
  }

  override async get(): Promise<Values> {
    const description = await this.#description.get();
    const { name } = description;
    const values: Values['values'] = [];
    for (const { labels, series } of this.#series.all()) {
      // As in prom-client there is nothing to see of a series before its first observation.
      if (series.count === 0) continue;
      const bucket = (le: number | string, value: number, at: number): void => {
        const exemplar = series.exemplars?.[at];
        const sample: ExemplarValue = {
          labels: { le, ...labels },
          value,
          metricName: `${name}_bucket`,
          ...(exemplar && { exemplar }),
        };
        values.push(sample);
      };
      let upTo = 0;
      for (const [at, le] of this.#bounds.entries()) bucket(le, (upTo += series.within[at]!), at);
      bucket('+Inf', series.count, this.#bounds.length);
      values.push({ labels, value: series.sum, metricName: `${name}_sum` });
      values.push({ labels, value: series.count, metricName: `${name}_count` });
    }
    return { ...description, values };
  }

  /** What prom-client writes the text of a scrape from. */
  async getForPromString(): Promise<Values> {
    return await this.get();
  }
}

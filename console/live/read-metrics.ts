/** One line of the exposition format of Prometheus. */
interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

function readMetrics(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const found = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line);
    if (!found || line.startsWith('#')) return [];
    const [, name = '', inside = '', value = ''] = found;
    const pairs = [...inside.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
    const labels = Object.fromEntries(pairs.map(([, label = '', text = '']) => [label, text]));
    return [{ name, labels, value: Number(value.replace('Inf', 'Infinity')) }];
  });
}

/** What the console reads of one look at the figures; all of it counts up since the server was started. */
export interface Look {
  readonly at: number;
  readonly requests: number;
  readonly faults: number;
  readonly refusals: number;
  readonly images: number;
  readonly warned: number;
  /** Of predict calls, how many took at most so many seconds. */
  readonly buckets: ReadonlyMap<number, number>;
  readonly drift: readonly { readonly name: string; readonly value: number }[];
  readonly accuracy: readonly { readonly name: string; readonly value: number }[];
}

const isPredicting = ({ route = '' }: Readonly<Record<string, string>>): boolean =>
  /(?:predict|infer|invocations|classify)$/.test(route) || route.startsWith('/predictions/');

export function lookAt(text: string, at: number): Look {
  const samples = readMetrics(text);
  const sum = (name: string, fits: (labels: Sample['labels']) => boolean = () => true): number =>
    samples.reduce(
      (total, each) => total + (each.name === name && fits(each.labels) ? each.value : 0),
      0,
    );
  const total = 'glimpse_http_requests_total';
  const buckets = new Map<number, number>();
  for (const { name, labels, value } of samples) {
    if (name !== 'glimpse_http_request_seconds_bucket' || !isPredicting(labels)) continue;
    const edge = Number((labels['le'] ?? '').replace('+Inf', 'Infinity'));
    buckets.set(edge, (buckets.get(edge) ?? 0) + value);
  }
  const named = (name: string) =>
    samples
      .filter((each) => each.name === name)
      .map(({ labels, value }) => ({ name: Object.values(labels).join(', '), value }));
  return {
    at,
    requests: sum(total, isPredicting),
    faults: sum(
      total,
      (labels) => isPredicting(labels) && labels['status']?.startsWith('5') === true,
    ),
    refusals: sum(
      total,
      (labels) => isPredicting(labels) && labels['status']?.startsWith('4') === true,
    ),
    images: sum('glimpse_images_total'),
    warned: sum('glimpse_prediction_warnings_total'),
    buckets,
    drift: named('glimpse_drift_psi'),
    accuracy: named('glimpse_live_accuracy'),
  };
}

/**
 * The duration that a share of the calls between two looks kept to, in seconds: between the edges of a bucket as Prometheus'
 * histogram_quantile reads it. undefined where nobody called.
 */
export function quantileBetween(before: Look, after: Look, share: number): number | undefined {
  const counts = [...after.buckets]
    .map(([edge, value]) => [edge, value - (before.buckets.get(edge) ?? 0)] as const)
    .toSorted(([a], [b]) => a - b);
  const total = counts.at(-1)?.[1] ?? 0;
  if (total <= 0) return undefined;
  const wanted = total * share;
  const at = counts.findIndex(([, value]) => value >= wanted);
  const [edge, upTo] = counts[at]!;
  const [lower, below] = at === 0 ? [0, 0] : counts[at - 1]!;
  if (!Number.isFinite(edge)) return lower;
  return lower + (edge - lower) * ((wanted - below) / Math.max(1e-9, upTo - below));
}

import type { Collected } from './merged.ts';
import type { Exemplar, ExemplarValue } from './series.ts';

/** The two forms a scrape may ask for. */
export type ExpositionFormat = 'prometheus' | 'openmetrics';

export const openMetricsType = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/**
 * The OpenMetrics form of a scrape in the Prometheus text format. A counter's family is named without the
 * `_total` that its samples keep, quotes in help are escaped, there are no empty lines, and an end is marked.
 *
 * prom-client can write the form itself, but renames the counters of its registry for good while it does,
 * so that one registry could not answer both. Values of `le` stay as they are (`1`, not `1.0`): a server
 * that changes from one form to the other keeps its series. Exemplars, by the samples they belong to, stand behind those.
 */
export function toOpenMetrics(
  text: string,
  exemplars: ReadonlyMap<string, string> = new Map(),
): string {
  const counters = new Set(
    [...text.matchAll(/^# TYPE (\S+)_total counter$/gm)].map(([, family]) => family!),
  );
  const lines = text.split('\n').filter((line) => line !== '');
  const written = lines.map((line) => openMetricsLine(line, counters));
  const all = exemplars.size === 0 ? written : written.map((line) => withExemplar(line, exemplars));
  return [...all, '# EOF\n'].join('\n');
}

function withExemplar(line: string, exemplars: ReadonlyMap<string, string>): string {
  const exemplar = exemplars.get(line.slice(0, line.lastIndexOf('} ') + 1));
  return exemplar === undefined ? line : `${line} ${exemplar}`;
}

function openMetricsLine(line: string, counters: ReadonlySet<string>): string {
  const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
  if (keyword === undefined) return line;
  const family = name.replace(/_total$/, '');
  const shown = counters.has(family) ? family : name;
  return `# ${keyword} ${shown} ${keyword === 'HELP' ? rest.replaceAll('"', '\\"') : rest}`;
}

/**
 * What OpenMetrics says behind buckets: a trace of the last traced request that fell into each, of all processes of a
 * server. The keys are samples without their values, as they stand in the text of a scrape.
 */
export function exemplarsOf(processes: readonly Collected[]): ReadonlyMap<string, string> {
  const newest = new Map<string, Exemplar>();
  for (const { values } of processes.flat()) {
    for (const { metricName, labels, exemplar } of values as readonly ExemplarValue[]) {
      if (!exemplar || metricName === undefined) continue;
      const key = `${metricName}{${labelsInText(labels)}}`;
      if (exemplar.at >= (newest.get(key)?.at ?? 0)) newest.set(key, exemplar);
    }
  }
  return new Map(
    [...newest].map(([key, { traceId, value, at }]) => [
      key,
      `# {trace_id="${traceId}"} ${value} ${at}`,
    ]),
  );
}

/** Labels as prom-client writes them. */
function labelsInText(labels: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(String(value))}"`)
    .join(',');
}

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');

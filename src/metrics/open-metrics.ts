/** The two forms a scrape may ask for. */
export type ExpositionFormat = 'prometheus' | 'openmetrics';

export const openMetricsType = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/**
 * The OpenMetrics form of a scrape in the Prometheus text format. A counter's family is named without the
 * `_total` that its samples keep, quotes in help are escaped, there are no empty lines, and an end is marked.
 *
 * prom-client can write the form itself, but renames the counters of its registry for good while it does,
 * so that one registry could not answer both. Values of `le` stay as they are (`1`, not `1.0`): a server
 * that changes from one form to the other keeps its series.
 */
export function toOpenMetrics(text: string): string {
  const counters = new Set(
    [...text.matchAll(/^# TYPE (\S+)_total counter$/gm)].map(([, family]) => family!),
  );
  const lines = text.split('\n').filter((line) => line !== '');
  return [...lines.map((line) => openMetricsLine(line, counters)), '# EOF\n'].join('\n');
}

function openMetricsLine(line: string, counters: ReadonlySet<string>): string {
  const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
  if (keyword === undefined) return line;
  const family = name.replace(/_total$/, '');
  const shown = counters.has(family) ? family : name;
  return `# ${keyword} ${shown} ${keyword === 'HELP' ? rest.replaceAll('"', '\\"') : rest}`;
}

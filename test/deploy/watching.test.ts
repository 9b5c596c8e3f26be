import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package.ts';

const read = (path: string): string => readFileSync(join(packageRoot, path), 'utf8');

/** The metrics that a text names, without what a histogram adds to a name. */
function metricsIn(text: string): string[] {
  const names = [...text.matchAll(/\b(?:glimpse|process|nodejs)_[a-z0-9_]+\b/g)].map(([name]) =>
    name.replace(/_(bucket|sum|count)$/, ''),
  );
  return [...new Set(names)].sort();
}

const page = read('docs/metrics.md');
const known = new Set([...page.matchAll(/^\| `([a-z0-9_]+)`/gm)].map(([, name]) => name!));

describe.each(['deploy/prometheus/alerts.yml', 'deploy/grafana/glimpse.json'])('%s', (path) => {
  it('names metrics that there are', () => {
    const named = metricsIn(read(path));
    expect(named.length).toBeGreaterThan(8);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('the dashboard', () => {
  const board: unknown = JSON.parse(read('deploy/grafana/glimpse.json'));
  interface Panel {
    readonly id: number;
    readonly type: string;
    readonly title: string;
    readonly gridPos: {
      readonly x: number;
      readonly y: number;
      readonly w: number;
      readonly h: number;
    };
    readonly targets?: readonly { readonly expr: string }[];
  }
  const { panels } = board as { panels: readonly Panel[] };

  it('asks something in each panel, and lays none over another', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const { type, title, targets } of panels)
      expect(type === 'row' || (targets?.length ?? 0) > 0, title).toBe(true);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBeLessThanOrEqual(24);
  });
});

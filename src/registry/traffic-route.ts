import { hash } from 'node:crypto';
import type { VersionQueue } from '../account.ts';
import { productionLabel } from '../repository/names.ts';
import {
  nameOfTarget,
  splitOf,
  type TrafficRecord,
  type TrafficTarget,
} from '../repository/traffic/traffic-record.ts';
import type { KnownModel } from './known-model.ts';

/** As in `Registry.lease`. */
type Selector = { readonly version: number } | { readonly label: string };

/** What a caller is known by where traffic is split: by the header that the rules name, if they name one. */
export type StickyValue = (header: string | undefined) => string | undefined;

/** Where a request is to be answered by the traffic rules of its model. */
export interface Route {
  readonly traffic: TrafficRecord;
  /** Those that can answer now, in the order in which they are to be tried; who answers for production comes last. */
  readonly versions: readonly number[];
  /** The version that a share of the requests is shown to as well, when it can answer. */
  readonly shadow: number | undefined;
}

/**
 * The versions that the rules name for a request, undefined where they do not hold: another label or a version was
 * selected, or nothing is split.
 */
export function routeOf(
  known: KnownModel | undefined,
  selector: Selector | undefined,
  sticky: StickyValue,
): Route | undefined {
  const traffic = known?.traffic;
  if (known === undefined || traffic === undefined) return undefined;
  const { shadow, stickyHeader } = traffic.rules;
  const split = splitOf(traffic);
  if ((split === undefined && shadow === undefined) || !isProduction(selector)) return undefined;
  const order = split ? orderOf(known.model, split, sticky(stickyHeader)) : [];
  const versions = new Set([...order.map((entry) => versionOf(known, entry)), known.serving()]);
  const shown = shadow && versionOf(known, shadow);
  return {
    traffic,
    versions: [...versions].filter((one) => canAnswer(known, one)),
    shadow: canAnswer(known, shown) ? shown : undefined,
  };
}

/** The queues of the versions that such a request may be answered by. */
export function queuesOf(
  models: ReadonlyMap<string, KnownModel>,
  model: string,
  selector: Selector | undefined,
): VersionQueue[] {
  const known = models.get(model);
  if (known === undefined) return [];
  const queues: VersionQueue[] = [];
  for (const version of versionsFor(known, selector)) {
    const queue = known.versions.get(version)?.loaded?.queue;
    if (queue) queues.push(queue);
  }
  return queues;
}

function versionsFor(known: KnownModel, selector: Selector | undefined): number[] {
  if (selector && 'version' in selector) return [selector.version];
  const serving = known.serving(selector?.label);
  const own = serving === undefined ? [] : [serving];
  if (known.traffic === undefined || !isProduction(selector)) return own;
  return [...new Set([...own, ...known.routedVersions()])];
}

/** The version that an entry stands for, where `production` is who answers by default. */
function versionOf(known: KnownModel, { version, label }: TrafficTarget): number | undefined {
  return version ?? known.serving(label === productionLabel ? undefined : label);
}

/** READY, and nothing known that keeps it from answering. */
function canAnswer(known: KnownModel, version: number | undefined): version is number {
  if (version === undefined) return false;
  const { state, loaded } = known.versions.get(version) ?? {};
  return state === 'READY' && loaded !== undefined && loaded.unhealthyReason === undefined;
}

function isProduction(selector: Selector | undefined): boolean {
  return selector === undefined || ('label' in selector && selector.label === productionLabel);
}

interface Weighted extends TrafficTarget {
  readonly weight: number;
}

/**
 * Weighted rendezvous hashing (Schindelhauer and Schomaker, 2005): each entry draws -ln(u) / weight, where u in (0, 1)
 * comes from the hash of model, entry and value, and the smallest wins. An entry is won by as large a share of the
 * values as its share of the weights, and a weight that grows takes values from others without moving any between
 * them. Without a value each request draws by chance.
 */
export function orderOf<Entry extends Weighted>(
  model: string,
  entries: readonly Entry[],
  value: string | undefined,
  chance: () => number = Math.random,
): Entry[] {
  return entries
    .map((entry) => {
      const u = value === undefined ? chance() : shareOf(model, nameOfTarget(entry), value);
      return { entry, draw: entry.weight === 0 ? Infinity : -Math.log(1 - u) / entry.weight };
    })
    .sort((a, b) => (a.draw === b.draw ? 0 : a.draw - b.draw))
    .map(({ entry }) => entry);
}

/** The first 48 bits of SHA-256 as a share of one: in [0, 1), the same on every server. */
function shareOf(model: string, entry: string, value: string): number {
  const digest = hash('sha256', `${model}\n${entry}\n${value}`);
  return Number.parseInt(digest.slice(0, 12), 16) / 2 ** 48;
}

import { Counter, Histogram, type Registry } from 'prom-client';
import { sampledGauge } from './sampled-gauge.ts';

export interface RegistryMetrics {
  /** One attempt to load a version. */
  observeLoad(model: string, outcome: 'loaded' | 'failed', seconds: number): void;
  /** A model began to answer with another version than before. */
  countReload(model: string): void;
  /** A version was quarantined because its bytes, manifest or outputs are wrong. */
  countQuarantine(model: string): void;
  /** The process of a model ended that nobody had closed. */
  countCellDeath(model: string, reason: 'timeout' | 'memory' | 'crash' | 'junk'): void;
  /** One poll of the repository. */
  countPoll(outcome: 'ok' | 'failed'): void;
}

export interface VersionSample {
  readonly model: string;
  readonly version: number;
  readonly state: string;
  /** The repository has it no more. */
  readonly isMissing: boolean;
}

export interface RegistrySources {
  versions(): readonly VersionSample[];
  isReady(): boolean;
  /** When the repository last answered, and whether that is longer ago than it should be. */
  repository(): { readonly seenAt: Date | undefined; readonly staleSince: Date | undefined };
}

export function createRegistryMetrics(
  register: Registry,
  source: () => RegistrySources | undefined,
  boundModel: (model: string) => string,
): RegistryMetrics {
  const registers = [register];
  const loads = new Counter({
    name: 'glimpse_version_loads_total',
    help: 'Attempts to load a version, by outcome: loaded, failed.',
    labelNames: ['model', 'outcome'],
    registers,
  });
  const loadSeconds = new Histogram({
    name: 'glimpse_version_load_seconds',
    help: 'Time to fetch, verify, open, warm up and self-test a version.',
    labelNames: ['model'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers,
  });
  const reloads = new Counter({
    name: 'glimpse_reloads_total',
    help: 'Times a model began to answer with another version than before.',
    labelNames: ['model'],
    registers,
  });
  const quarantines = new Counter({
    name: 'glimpse_quarantines_total',
    help: 'Versions set aside because their bytes, manifest or answers are wrong.',
    labelNames: ['model'],
    registers,
  });
  const cellDeaths = new Counter({
    name: 'glimpse_cell_deaths_total',
    help: 'Cells (processes of a model) that ended unasked, by reason: timeout, memory, crash, junk.',
    labelNames: ['model', 'reason'],
    registers,
  });
  const polls = new Counter({
    name: 'glimpse_repository_polls_total',
    help: 'Looks into the repository for new versions and labels, by outcome: ok, failed.',
    labelNames: ['outcome'],
    registers,
  });
  registerStateGauges(register, source);
  return {
    observeLoad: (model, outcome, seconds) => {
      loads.inc({ model: boundModel(model), outcome });
      loadSeconds.observe({ model: boundModel(model) }, seconds);
    },
    countReload: (model) => reloads.inc({ model: boundModel(model) }),
    countQuarantine: (model) => quarantines.inc({ model: boundModel(model) }),
    countCellDeath: (model, reason) => cellDeaths.inc({ model: boundModel(model), reason }),
    countPoll: (outcome) => polls.inc({ outcome }),
  };
}

/** Versions beyond these are not listed: whoever publishes a thousand does not make every scrape longer. */
export const maxListedVersions = 500;

const isOut: ReadonlySet<string> = new Set(['UNLOADED', 'UNAVAILABLE']);

/** The versions that are loaded or change just now, then the newest. */
function mostTelling<Version extends VersionSample>(
  versions: readonly Version[],
): readonly Version[] {
  if (versions.length <= maxListedVersions) return versions;
  const rank = ({ state }: VersionSample): number => (isOut.has(state) ? 1 : 0);
  const sorted = versions.toSorted((a, b) => rank(a) - rank(b) || b.version - a.version);
  return sorted.slice(0, maxListedVersions);
}

function registerStateGauges(register: Registry, source: () => RegistrySources | undefined): void {
  sampledGauge(
    register,
    {
      name: 'glimpse_version_state',
      aggregator: 'first',
      help: '1 for the state each known version is in: UNLOADED, LOADING, READY, UNLOADING, UNAVAILABLE.',
      labelNames: ['model', 'version', 'state'],
    },
    () =>
      mostTelling(source()?.versions() ?? []).map(({ model, version, state }) => ({
        labels: { model, version: String(version), state },
        value: 1,
      })),
  );
  sampledGauge(
    register,
    {
      name: 'glimpse_version_missing',
      aggregator: 'first',
      help: '1 for each version that serves although the repository has it no more.',
      labelNames: ['model', 'version'],
    },
    () =>
      mostTelling((source()?.versions() ?? []).filter(({ isMissing }) => isMissing)).map(
        ({ model, version }) => ({ labels: { model, version: String(version) }, value: 1 }),
      ),
  );
  sampledGauge(
    register,
    { name: 'glimpse_ready', help: '1 while /readyz answers 200, else 0.', aggregator: 'min' },
    () => [{ labels: {}, value: source()?.isReady() ? 1 : 0 }],
  );
  sampledGauge(
    register,
    {
      name: 'glimpse_repository_stale',
      aggregator: 'max',
      help: '1 while the repository has not answered for so long that what is served may be stale, else 0.',
    },
    () => [{ labels: {}, value: source()?.repository().staleSince ? 1 : 0 }],
  );
  sampledGauge(
    register,
    {
      name: 'glimpse_repository_seen_timestamp_seconds',
      aggregator: 'min',
      help: 'When the repository last answered a whole poll, to this process or to one before it on the same data folder.',
    },
    () => {
      const seenAt = source()?.repository().seenAt;
      return seenAt ? [{ labels: {}, value: seenAt.getTime() / 1000 }] : [];
    },
  );
}

import type { Config } from '../../config.ts';
import type { Budgets } from '../../http/access/budgets.ts';
import { createPassOn } from '../../http/connections/pass-on.ts';
import type { AppOptions } from '../../http/app.ts';
import type { Change } from '../../http/tell-of-changes.ts';
import { isCollected, type Collected } from '../../metrics/merged.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import type { ProcessLink } from '../../processes/process-link.ts';
import type { Registry } from '../../registry/registry.ts';
import { isOurFault, type RolloutFigures } from '../../serving/rollout/version-figures.ts';
import type { Evidence } from '../evidence.ts';
import { createCallPasser, takePassedCalls } from './passed-calls.ts';
import { askForBudgets, keepBudgets } from './shared-budgets.ts';
import { configOfProcess } from './share.ts';

type Figures = Pick<RolloutFigures, 'observe' | 'compare'>;

/** What differs between the processes of a server. */
export interface ProcessPart {
  readonly config: Config;
  readonly isFirst: boolean;
  /** What requests meet: that they are passed on, or that the others are told of what they changed. */
  readonly inApp: Pick<AppOptions, 'passOn' | 'onChanged'>;
  /** What the metrics of the other processes are. */
  readonly others: (() => Promise<Collected[]>) | undefined;
  deaths(): number;
  shareBudgets(own: Budgets): Budgets;
  /** Where evidence goes: to the first process. */
  evidence(own: Evidence): Evidence;
  /** The same of how the versions of a canary do. */
  figures(own: Figures): Figures;
  /** Polls here, then has the others poll. */
  reconcileAll(registry: Pick<Registry, 'reconcile'>): Promise<void>;
  /** Answers the others from now on; a process that begins loads what the first was told to. */
  follow(registry: Registry, metrics: Pick<Metrics, 'collect'>): void;
  catchUp(registry: Registry): Promise<void>;
}

/** The only process of a server. */
export function onlyPart(config: Config): ProcessPart {
  return {
    config,
    isFirst: true,
    inApp: {},
    others: undefined,
    deaths: () => 0,
    shareBudgets: (own) => own,
    evidence: (own) => own,
    figures: (own) => own,
    reconcileAll: (registry) => registry.reconcile(),
    follow: () => {},
    catchUp: async () => {},
  };
}

/** One of several. */
export function openProcessPart(link: ProcessLink, whole: Config): ProcessPart {
  const config = configOfProcess(whole, link.order);
  return link.order.role === 'first' ? firstPart(link, config) : furtherPart(link, config, whole);
}

function firstPart(link: ProcessLink, config: Config): ProcessPart {
  return {
    config,
    isFirst: true,
    inApp: { onChanged: async (change) => void (await tellOthers(link, 'changed', change)) },
    others: async () => (await tellOthers(link, 'metrics', undefined)).filter(isCollected),
    deaths: () => link.deaths,
    shareBudgets: (own) => keepBudgets(link, own),
    evidence(own) {
      takePassedCalls(link, own.onPredicted);
      link.answer('disagreement', {
        handle: ([id, other]: Parameters<Evidence['recent']['addDisagreement']>) =>
          own.recent.addDisagreement(id, other),
      });
      return own;
    },
    figures(own) {
      link.answer('observe', {
        handle: (call: Parameters<Figures['observe']>) => own.observe(...call),
      });
      link.answer('compare', {
        handle: (call: Parameters<Figures['compare']>) => own.compare(...call),
      });
      return own;
    },
    async reconcileAll(registry) {
      await registry.reconcile();
      await tellOthers(link, 'changed', somethingElse);
    },
    follow(registry) {
      link.answer('loaded', { handle: () => loadedVersions(registry) });
    },
    catchUp: async () => {},
  };
}

const somethingElse: Change = { how: 'other', model: undefined, version: undefined };

/** Those that do not answer in time follow with their next poll. */
async function tellOthers(link: ProcessLink, topic: string, content: unknown): Promise<unknown[]> {
  return link.askOthers(topic, content).catch(() => []);
}

function furtherPart(link: ProcessLink, config: Config, whole: Config): ProcessPart {
  const { GLIMPSE_PREDICTION_LOG: log, GLIMPSE_PREDICTION_LOG_IMAGES: images } = whole;
  const passOn = createPassOn({
    socketPath: () => link.firstSocket,
    secret: link.order.secret,
  });
  return {
    config,
    isFirst: false,
    inApp: { passOn },
    others: undefined,
    deaths: () => 0,
    shareBudgets: () => askForBudgets(link, config.GLIMPSE_RATE_LIMIT_PER_MINUTE),
    evidence: (own) => ({
      ...own,
      onPredicted: createCallPasser(link, { withFiles: log !== '' && images !== 'none' }),
      recent: {
        ...own.recent,
        addDisagreement: (...call) => void link.tellFirst('disagreement', call),
      },
    }),
    figures: () => ({
      observe(model, canary, { error, ...outcome }) {
        if (error !== undefined && !isOurFault(error)) return;
        const told = error === undefined ? outcome : { ...outcome, error: true };
        link.tellFirst('observe', [model, canary, told]);
      },
      compare: (...call) => void link.tellFirst('compare', call),
    }),
    reconcileAll: (registry) => registry.reconcile(),
    follow(registry, metrics) {
      link.answer('metrics', { handle: () => metrics.collect() });
      link.answer('changed', { handle: (change: Change) => follow(registry, change) });
    },
    async catchUp(registry) {
      if (config.GLIMPSE_MODEL_CONTROL !== 'explicit') return;
      const loaded = await link.askFirst('loaded', undefined).catch(() => []);
      await loadAll(registry, loaded);
    },
  };
}

/** Does what the first process was told to do. */
async function follow(registry: Registry, { how, model, version }: Change): Promise<void> {
  const { control } = registry;
  if (model === undefined || how === 'other') return registry.reconcile();
  if (how === 'refresh') return registry.refresh(model);
  if (how === 'load') return control.load(model, version);
  return control.unload(model, version);
}

type LoadedVersion = readonly [model: string, version: number];

function loadedVersions(registry: Registry): LoadedVersion[] {
  return registry
    .describe()
    .flatMap(({ model, versions }) =>
      versions
        .filter(({ state }) => state === 'READY')
        .map(({ version }): LoadedVersion => [model, version]),
    );
}

/** A version that cannot be loaded here is told by the readiness of this process. */
async function loadAll(registry: Registry, loaded: unknown): Promise<void> {
  if (!Array.isArray(loaded)) return;
  for (const [model, version] of loaded) {
    await registry.control.load(String(model), Number(version)).catch(() => {});
  }
}

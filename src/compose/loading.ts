import { coversModel } from '../access/scopes.ts';
import { listOf, type Config } from '../config.ts';
import type { RegistryOptions } from '../registry/registry.ts';

type LoadingOptions = Pick<
  RegistryOptions,
  'policy' | 'control' | 'defaultModel' | 'requiredModels'
>;

/** A command loads what it asks for, whatever a server of its configuration would load. */
export function commandLoading(config: Config): LoadingOptions {
  return {
    policy: { ...serverLoading(config).policy, isPreloaded: () => false, byCalls: false },
    defaultModel: config.GLIMPSE_DEFAULT_MODEL,
  };
}

/** Which models and versions the registry of a server loads, by the configuration. */
export function serverLoading(config: Config): LoadingOptions {
  const { GLIMPSE_DEFAULT_MODEL: defaultModel, GLIMPSE_RELOAD_ORDER: reloadOrder } = config;
  const ready = listOf(config.GLIMPSE_READY_MODELS);
  const isAll = ready.includes('all');
  const named = ready.filter((name) => name !== 'all' && name !== 'default');
  const preloaded = patternsOf(config.GLIMPSE_PRELOAD);
  const isNamed = (model: string): boolean => model === defaultModel || coversModel(named, model);
  const isPreloaded = (model: string): boolean => isNamed(model) || coversModel(preloaded, model);
  return {
    policy: {
      keepVersions: config.GLIMPSE_KEEP_VERSIONS,
      maxLoadedVersions: config.GLIMPSE_MAX_LOADED_VERSIONS,
      maxLoadedBytes: config.GLIMPSE_MAX_LOADED_BYTES || config.GLIMPSE_MEMORY_BUDGET_BYTES / 2,
      reloadOrder,
      isPreloaded,
      isRequired: isAll ? isPreloaded : isNamed,
      byCalls: config.GLIMPSE_MODEL_CONTROL === 'explicit',
    },
    control: config.GLIMPSE_MODEL_CONTROL,
    defaultModel,
    requiredModels: named.filter((name) => !name.includes('*')),
  };
}

/** The words of a setting as patterns: all, none, or what it lists. */
function patternsOf(setting: string): string[] {
  return listOf(setting).flatMap((word) =>
    word === 'all' ? ['*'] : word === 'none' ? [] : [word],
  );
}

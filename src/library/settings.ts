import { pino, type Logger } from 'pino';
import { ConfigError, isKnob, readConfig, type Config } from '../config.ts';
import type { GlimpseSettings } from './glimpse-settings.ts';
import { shipModel } from './shipped-model.ts';

/** The settings on top of the environment; `basePath`: what stands before all addresses. ConfigError for what is no setting or does not fit. */
export function configOf(given: GlimpseSettings, basePath = ''): Config {
  const { repository, dataDir, defaultModel, settings = {} } = given;
  const unknown = Object.keys(settings).filter((name) => !isKnob(name));
  if (unknown.length > 0) throw new ConfigError(`${unknown.join(', ')}: there is no such setting.`);
  const named: Record<string, string | number | undefined> = {
    GLIMPSE_REPOSITORY: repository,
    GLIMPSE_DATA_DIR: dataDir,
    GLIMPSE_DEFAULT_MODEL: defaultModel,
    ...settings,
  };
  const set = Object.entries(named).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as const],
  );
  // One process has one program in it, whatever the environment says about servers.
  return readConfig(undefined, {
    ...Object.fromEntries(set),
    GLIMPSE_PROCESSES: '1',
    GLIMPSE_BASE_PATH: basePath,
  });
}

/** Has the repository begin with the shipped model where nobody has said where it is. */
export async function prepareRepository({ repository, settings }: GlimpseSettings, config: Config) {
  const isNamed = repository !== undefined || settings?.['GLIMPSE_REPOSITORY'] !== undefined;
  if (!isNamed) await shipModel(config.GLIMPSE_REPOSITORY);
}

/** A log of warnings and errors on stderr: what a program prints is its own affair. */
export function quietLog(): Logger {
  return pino({ level: 'warn' }, pino.destination({ dest: 2, sync: true }));
}

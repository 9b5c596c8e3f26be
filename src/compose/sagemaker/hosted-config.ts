import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config.ts';
import { hasCode } from '../../disk-errors.ts';
import { errors } from '../../errors.ts';
import { findVersions, importVersion, type FoundVersion } from '../../repository/import-version.ts';

/**
 * The configuration with the model that SageMaker has put on this machine, where it has; else as it is. Whatever it was
 * given, the container of a multi-model endpoint begins with no model.
 */
export async function withHostedModel(config: Config): Promise<Config> {
  if (config.GLIMPSE_SAGEMAKER_MULTI_MODEL === 'true') return await withoutModels(config);
  const folder = config.GLIMPSE_SAGEMAKER_MODEL_DIR;
  if (!(await holdsSomething(folder))) return config;
  const versions = await findVersions(folder);
  const [first] = versions;
  if (!first) {
    throw new errors.GLIMPSE_MODEL_INVALID(
      'GLIMPSE_SAGEMAKER_MODEL_DIR holds neither a version (with its manifest.json) nor a repository (<model>/<version>/manifest.json); an archive of what glimpse publish makes does',
    );
  }
  const isRepository = versions.every(
    (found) => found.folder === join(folder, found.manifest.model, String(found.manifest.version)),
  );
  const repository = isRepository ? folder : await importAll(versions, config);
  const model = defaultOf(versions, config);
  return { ...config, GLIMPSE_REPOSITORY: repository, GLIMPSE_DEFAULT_MODEL: model };
}

/** Its models are loaded by calls alone, into a repository of its own, by the one process that takes these calls. */
async function withoutModels(config: Config): Promise<Config> {
  const repository = join(config.GLIMPSE_DATA_DIR, 'sagemaker-models');
  await rm(repository, { recursive: true, force: true });
  await mkdir(repository, { recursive: true });
  const own = {
    GLIMPSE_REPOSITORY: repository,
    GLIMPSE_MODEL_CONTROL: 'explicit',
    GLIMPSE_PRELOAD: 'none',
    GLIMPSE_PROCESSES: 1,
  };
  return Object.assign({ ...config }, own);
}

async function holdsSomething(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length > 0;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

async function importAll(versions: readonly FoundVersion[], config: Config): Promise<string> {
  const repository = join(config.GLIMPSE_DATA_DIR, 'sagemaker-model');
  await rm(repository, { recursive: true, force: true });
  await mkdir(repository, { recursive: true });
  for (const found of versions) {
    await importVersion(found, repository, found.manifest, config.GLIMPSE_MAX_ARTIFACT_BYTES);
  }
  return repository;
}

/** The one that is there; of several the one that the settings name. */
function defaultOf(versions: readonly FoundVersion[], config: Config): string {
  const models = new Set(versions.map(({ manifest }) => manifest.model));
  const [only] = models;
  return models.size === 1 && only !== undefined ? only : config.GLIMPSE_DEFAULT_MODEL;
}

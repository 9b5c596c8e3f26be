import { realpath, rm } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Config } from '../../config.ts';
import { errors } from '../../errors.ts';
import { findVersions, importVersion, type FoundVersion } from '../../repository/import-version.ts';
import { sha256 } from '../../repository/digest.ts';
import { isModelName } from '../../repository/names.ts';
import type { Registry } from '../../registry/registry.ts';
import type { EndpointModels } from '../../http/dialects/hosting-options.ts';

/** The models of a multi-model endpoint: what its calls have loaded, each in the repository of this server under a name of its own. */
export function openMultiModel(
  config: Config,
  registry: Pick<Registry, 'control' | 'refresh'>,
): EndpointModels {
  const loaded = new Map<string, LoadedModel>();
  const loading = new Set<string>();
  // A version is never another one, also where a name comes back with other files.
  let count = 0;
  const { GLIMPSE_REPOSITORY: root, GLIMPSE_MAX_ARTIFACT_BYTES: maxBytes } = config;
  const remove = async (model: string): Promise<void> => {
    await rm(join(root, model), { recursive: true, force: true });
    await registry.refresh(model);
  };
  const find = (name: string): LoadedModel => {
    const known = loaded.get(name);
    if (!known) throw new errors.GLIMPSE_MODEL_NOT_FOUND(name.slice(0, 200));
    return known;
  };
  const load = async (model: string, url: string): Promise<void> => {
    const found = await onlyVersion(await allowedFolder(url, config.GLIMPSE_SAGEMAKER_MODELS_DIR));
    count += 1;
    const version = count;
    try {
      await importVersion(found, root, { model, version }, maxBytes);
      await registry.refresh(model);
      await registry.control.load(model, version);
    } catch (error) {
      await registry.control.unload(model).catch(() => {});
      await remove(model);
      throw error;
    }
  };
  return {
    list: () => [...loaded].map(([name, { url }]) => ({ name, url })),
    find: (name) => ({ name, ...find(name) }),
    async load(name, url) {
      if (loaded.has(name) || loading.has(name)) {
        throw new errors.GLIMPSE_MODEL_LOADED(name.slice(0, 200));
      }
      loading.add(name);
      try {
        const model = modelNameOf(name);
        await load(model, url);
        loaded.set(name, { url, model });
      } finally {
        loading.delete(name);
      }
    },
    async unload(name) {
      const { model } = find(name);
      loaded.delete(name);
      loading.add(name);
      try {
        await registry.control.unload(model);
        await remove(model);
      } finally {
        loading.delete(name);
      }
    },
  };
}

/** The version in a folder, which must hold one and no other. */
async function onlyVersion(folder: string): Promise<FoundVersion> {
  const versions = await findVersions(folder);
  const [found, another] = versions;
  if (found && !another) return found;
  throw new errors.GLIMPSE_MODEL_INVALID(
    `its folder holds ${versions.length} versions (manifest.json), and must hold one`,
  );
}

interface LoadedModel {
  readonly url: string;
  /** What it is called in the repository of this server. */
  readonly model: string;
}

/** SageMaker's names are opaque: what is no name of ours goes by its digest. */
function modelNameOf(name: string): string {
  return isModelName(name) ? name : sha256(Buffer.from(name));
}

/** The folder of a call, if it lies where models of endpoints may lie; links count as what they point at. */
async function allowedFolder(url: string, root: string): Promise<string> {
  const [folder, allowed] = await Promise.all([url, root].map((path) => realpath(path))).catch(
    () => [],
  );
  if (folder !== undefined && allowed !== undefined && folder.startsWith(`${allowed}${sep}`)) {
    return folder;
  }
  throw new errors.GLIMPSE_MODEL_URL_FORBIDDEN(url.slice(0, 200));
}

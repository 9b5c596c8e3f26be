import type { Registry } from '../../../registry/registry.ts';

type Model = ReturnType<Registry['describe']>[number];
type Version = Model['versions'][number];

/** The most models of one answer, where the caller names no number. */
const usualLimit = 100;

/** A page of models, each with the address of the version that answers by default; the next begins at the token. */
export function modelList(
  models: readonly Model[],
  { limit = usualLimit, from = 0 }: { readonly limit?: number; readonly from?: number },
) {
  const next = from + limit;
  return {
    ...(next < models.length && { nextPageToken: String(next) }),
    models: models.slice(from, next).map(({ model, serving }) => ({
      modelName: model,
      modelUrl: serving === undefined ? model : urlOf(model, serving),
    })),
  };
}

/** A version as TorchServe describes one; what it has instead of workers is one place where its batches run. */
export function modelDescription({ model }: Pick<Model, 'model'>, version: Version) {
  const { state, placement } = version;
  const isLoaded = state === 'READY';
  return {
    modelName: model,
    modelVersion: String(version.version),
    modelUrl: urlOf(model, version.version),
    runtime: 'glimpse',
    minWorkers: isLoaded ? 1 : 0,
    maxWorkers: 1,
    batchSize: placement?.batchSize ?? 1,
    maxBatchDelay: 0,
    loadedAtStartup: false,
    workers: isLoaded ? [{ id: urlOf(model, version.version), status: 'READY', gpu: false }] : [],
  };
}

const urlOf = (model: string, version: number): string => `${model}/${version}`;

import { errors } from '../../errors.ts';
import type { Deleted, DeletionChange, Deletions } from '../../repository/deletions.ts';

/** Deleting and taking back what is served: the repository's, and in force here with the answer. */
export interface ModelDeletions {
  /** Also GLIMPSE_VERSION_IN_USE for the version that answers by default here. */
  deleteVersion(model: string, version: number, change?: DeletionChange): Promise<Deleted>;
  restoreVersion(model: string, version: number, change?: DeletionChange): Promise<void>;
  /** GLIMPSE_MODEL_IN_USE for a model without which this server is not ready. */
  deleteModel(model: string, change?: DeletionChange): Promise<Deleted>;
  restoreModel(model: string, change?: DeletionChange): Promise<void>;
}

/** What is served, and how what changed at rest comes into force. */
interface Served {
  describe(): readonly { readonly model: string; readonly serving: number | undefined }[];
  reconcile(): Promise<void>;
}

/** `isRequired`: whether this server is not ready without a model. */
export function createModelDeletions(
  deletions: Deletions,
  registry: Served,
  isRequired: (model: string) => boolean,
): ModelDeletions {
  /** What another server or a terminal has published or deleted is known from then on, and so is what was done here. */
  const inForce = async <T>(act: () => Promise<T>): Promise<T> => {
    const done = await act();
    await registry.reconcile();
    return done;
  };
  return {
    async deleteVersion(model, version, change) {
      const known = registry.describe().find((one) => one.model === model);
      // The label of a version that cannot be loaded names another one than that which answers.
      if (known?.serving === version) {
        const why = 'it answers when nobody names a version';
        throw new errors.GLIMPSE_VERSION_IN_USE(version, model, why);
      }
      return await inForce(() => deletions.deleteVersion(model, version, change));
    },
    restoreVersion: (model, version, change) =>
      inForce(() => deletions.restoreVersion(model, version, change)),
    async deleteModel(model, change) {
      if (isRequired(model)) throw new errors.GLIMPSE_MODEL_IN_USE(model);
      return await inForce(() => deletions.deleteModel(model, change));
    },
    restoreModel: (model, change) => inForce(() => deletions.restoreModel(model, change)),
  };
}

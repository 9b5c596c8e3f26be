import type { DeletionMark } from './deletion-mark.ts';
import type { Cause } from './history/history-entry.ts';

/** What was deleted, and until when it can be taken back at least. */
export interface Deleted {
  readonly mark: DeletionMark;
}

export interface DeletionChange {
  readonly cause?: Cause | undefined;
}

/**
 * Deleting in two steps: a mark, which takes what it marks out of every listing at once, and after a time of grace the
 * removal of the files (`prune.ts`). Until then it can be taken back whole. Numbers of versions are never used again.
 */
export interface Deletions {
  /**
   * GLIMPSE_VERSION_NOT_FOUND; GLIMPSE_VERSION_IN_USE while a label or traffic rules name it, and when it is the last one
   * of its model.
   */
  deleteVersion(
    model: string,
    version: number,
    change?: DeletionChange,
    signal?: AbortSignal,
  ): Promise<Deleted>;
  /** GLIMPSE_VERSION_NOT_FOUND, GLIMPSE_NOT_RESTORABLE. */
  restoreVersion(
    model: string,
    version: number,
    change?: DeletionChange,
    signal?: AbortSignal,
  ): Promise<void>;
  /** All of its versions, labels and rules. GLIMPSE_MODEL_NOT_FOUND. */
  deleteModel(model: string, change?: DeletionChange, signal?: AbortSignal): Promise<Deleted>;
  restoreModel(model: string, change?: DeletionChange, signal?: AbortSignal): Promise<void>;
  /** One stored dataset. A later import of the same examples takes it back. GLIMPSE_DATASET_NOT_FOUND. */
  deleteDataset(
    name: string,
    digest: string,
    signal?: AbortSignal,
  ): Promise<Deleted & { readonly digest: string }>;
  restoreDataset(name: string, digest: string, signal?: AbortSignal): Promise<void>;
  /** What there is to be removed for good, or to be deleted by a policy. */
  planPrune(policy: PrunePolicy, signal?: AbortSignal): Promise<PruneStep[]>;
  /** Does it, as far as it still holds. */
  prune(steps: readonly PruneStep[], signal?: AbortSignal): Promise<PrunedStep[]>;
}

/** One thing that would be done. */
export interface PruneStep {
  /**
   * delete: it is marked, and can be taken back. purge: its files are removed for good. claim: a number that somebody
   * took and never used loses what lies there. mark: what a prune that died left on something that was taken back. cache: a
   * copy on this machine is removed.
   */
  readonly kind: 'delete' | 'purge' | 'claim' | 'mark' | 'cache';
  /** As a folder of the repository: model/version, model, datasets/name/digest. */
  readonly folder: string;
  readonly bytes: number;
  /** Why, in words. */
  readonly why: string;
}

export interface PrunePolicy {
  /** How many of the newest versions of each model stay; left out: all. */
  readonly keep?: number | undefined;
  /** Only this model. */
  readonly model?: string | undefined;
}

/** What became of a step; `left`: why nothing was done. */
export interface PrunedStep extends PruneStep {
  readonly left?: string | undefined;
}

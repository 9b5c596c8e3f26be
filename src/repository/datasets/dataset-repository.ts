import type { DraftFiles } from '../draft-files.ts';
import type { DatasetManifest } from './dataset-manifest.ts';
import type { VerifiedFolder } from '../verified-folder.ts';

/**
 * Datasets at rest, each under the digest of its examples: `datasets/<name>/<digest>/`. They never change;
 * a name means the one that was put last.
 */
export interface DatasetRepository {
  /** Names with something under them, sorted. */
  names(signal?: AbortSignal): Promise<string[]>;
  /** The digest that a name alone means. */
  latest(name: string, signal?: AbortSignal): Promise<string | undefined>;
  /** All datasets of a name, newest first; one that cannot be read says why. */
  list(name: string, signal?: AbortSignal): Promise<ListedDataset[]>;
  /**
   * The dataset with this digest, or the beginning of one; without it the latest.
   * GLIMPSE_DATASET_NOT_FOUND, GLIMPSE_DATASET_AMBIGUOUS, GLIMPSE_MANIFEST_INVALID.
   */
  find(name: string, digest?: string, signal?: AbortSignal): Promise<DatasetManifest>;
  /**
   * Its files in a local folder, verified: in place where the store is a folder of this machine, else
   * downloaded into `folder`. GLIMPSE_CHECKSUM_MISMATCH, GLIMPSE_FILE_MISSING.
   */
  open(dataset: DatasetManifest, folder: string, signal?: AbortSignal): Promise<VerifiedFolder>;
  /**
   * Writes the files, then the description, then makes it the latest of its name. A crash at any point
   * leaves either no dataset or a whole one. Where the same examples are already there nothing is written
   * again, unless files of them are lost.
   */
  put(draft: DatasetDraft, signal?: AbortSignal): Promise<PutDataset>;
}

export type ListedDataset =
  | { readonly digest: string; readonly manifest: DatasetManifest }
  | { readonly digest: string; readonly problem: string };

/** A dataset before it is stored. Drafts of one digest must have the same files, byte for byte. */
export interface DatasetDraft extends Omit<
  DatasetManifest,
  'formatVersion' | 'createdAt' | 'writerId' | 'files'
> {
  readonly files: DraftFiles;
  /** The same writer coming back after a crash finds what it has written itself. */
  readonly writerId?: string;
}

export interface PutDataset {
  readonly manifest: DatasetManifest;
  /** false: these examples were stored before. */
  readonly created: boolean;
}

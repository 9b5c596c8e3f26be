import type { Static } from 'typebox';
import { mapConcurrently } from '../concurrency.ts';
import { errors, isGlimpseError } from '../errors.ts';
import { DatasetManifestSchema } from '../repository/datasets/dataset-manifest.ts';
import type { DatasetRepository } from '../repository/datasets/dataset-repository.ts';
import type { Deletions } from '../repository/deletions.ts';
import { Type } from '../schema/builder.ts';
import { uriOfStored } from './places/stored.ts';

const optional = Type.Optional;
const { name, digest, createdAt, shape, classes, classCounts, examples, source } =
  DatasetManifestSchema.properties;
const uri = Type.String({ description: 'What dataset.uri calls exactly this dataset.' });
const problem = Type.String({ description: 'Why it cannot be read.' });

/** A stored dataset with its whole description, as in responses. */
export const StoredDatasetSchema = Type.Object({ uri, ...DatasetManifestSchema.properties });
export type StoredDataset = Static<typeof StoredDatasetSchema>;

/** One line of the list of all names: its latest dataset. */
export const NamedDatasetSchema = Type.Object({
  name,
  latest: digest,
  createdAt: optional(createdAt),
  examples: optional(examples),
  shape: optional(shape),
  classes: optional(classes),
  problem: optional(problem),
});
export type NamedDataset = Static<typeof NamedDatasetSchema>;

/** The datasets of a name, newest first. */
export const DatasetHistorySchema = Type.Object({
  name,
  latest: optional(digest),
  datasets: Type.Array(
    Type.Object(
      {
        digest,
        uri,
        latest: Type.Boolean({ description: 'Whether the name alone means this one.' }),
        createdAt: optional(createdAt),
        examples: optional(examples),
        shape: optional(shape),
        classes: optional(classes),
        classCounts: optional(classCounts),
        source: optional(source),
        problem: optional(problem),
      },
      { title: 'DatasetHistoryEntry' },
    ),
  ),
});
export type DatasetHistory = Static<typeof DatasetHistorySchema>;

/** What is stored, for people and programs that only look. */
export interface DatasetCatalogue {
  list(signal?: AbortSignal): Promise<NamedDataset[]>;
  /** GLIMPSE_DATASET_NOT_FOUND. */
  history(name: string, signal?: AbortSignal): Promise<DatasetHistory>;
  /** By the digest, or the beginning of one; without it the latest. GLIMPSE_DATASET_NOT_FOUND. */
  find(name: string, digest?: string, signal?: AbortSignal): Promise<StoredDataset>;
  /** By the digest, or the beginning of one; it can be taken back until `until`. GLIMPSE_DATASET_NOT_FOUND. */
  delete(name: string, digest: string, signal?: AbortSignal): Promise<DeletedDataset>;
  /** By its whole digest. GLIMPSE_DATASET_NOT_FOUND, GLIMPSE_NOT_RESTORABLE. */
  restore(name: string, digest: string, signal?: AbortSignal): Promise<StoredDataset>;
}

export interface DeletedDataset {
  readonly digest: string;
  readonly deletedAt: string;
  readonly until: string;
}

/** Names that are looked up at once. */
const NAMES_AT_ONCE = 8;

/** The catalogue of the datasets in a repository. */
export function createDatasetCatalogue(
  repository: DatasetRepository,
  deletions: Pick<Deletions, 'deleteDataset' | 'restoreDataset'>,
): DatasetCatalogue {
  return {
    async list(signal) {
      const names = await repository.names(signal);
      const found = await mapConcurrently(names, NAMES_AT_ONCE, (name) =>
        describeName(repository, name, signal),
      );
      return found.filter((one) => one !== undefined);
    },
    async history(name, signal) {
      const latest = await repository.latest(name, signal);
      const listed = await repository.list(name, signal);
      if (listed.length === 0) throw new errors.GLIMPSE_DATASET_NOT_FOUND(`datasets/${name}`);
      const datasets = listed.map(({ digest, ...one }) => ({
        digest,
        uri: uriOfStored({ name, digest }),
        latest: digest === latest,
        ...('manifest' in one ? summaryOf(one.manifest) : { problem: one.problem }),
      }));
      return { name, ...(latest !== undefined && { latest }), datasets };
    },
    async find(name, digest, signal) {
      const manifest = await repository.find(name, digest, signal);
      return { uri: uriOfStored(manifest), ...manifest };
    },
    async delete(name, beginning, signal) {
      const { digest, mark } = await deletions.deleteDataset(name, beginning, signal);
      return { digest, deletedAt: mark.deletedAt, until: mark.until };
    },
    async restore(name, digest, signal) {
      await deletions.restoreDataset(name, digest, signal);
      const manifest = await repository.find(name, digest, signal);
      return { uri: uriOfStored(manifest), ...manifest };
    },
  };
}

/** Nothing for a name under which nothing is whole yet. */
async function describeName(
  repository: DatasetRepository,
  name: string,
  signal?: AbortSignal,
): Promise<NamedDataset | undefined> {
  const latest = await repository.latest(name, signal);
  if (latest === undefined) return undefined;
  try {
    const { createdAt, examples, shape, classes } = await repository.find(name, latest, signal);
    return { name, latest, createdAt, examples, shape, classes };
  } catch (error) {
    if (!isGlimpseError(error) || error.code === 'GLIMPSE_STORE_UNAVAILABLE') throw error;
    return { name, latest, problem: error.message };
  }
}

function summaryOf(manifest: Static<typeof DatasetManifestSchema>) {
  const { createdAt, examples, shape, classes, classCounts, source } = manifest;
  return { createdAt, examples, shape, classes, classCounts, source };
}

import { errors } from '../../errors.ts';
import type { Manifest } from '../../repository/manifest.ts';
import { productionLabel } from '../../repository/names.ts';
import type { Repository } from '../../repository/repository.ts';

/** The version of a model that answers for production before another one is published. */
export interface PresentVersion {
  readonly version: number;
  /** Undefined when it cannot be read. */
  readonly manifest: Manifest | undefined;
  /** Whether the label says so; else it is the newest that can be read, which answers by default. */
  readonly isLabelled: boolean;
}

type Versions = Pick<Repository, 'versions' | 'manifest' | 'labels'>;

/**
 * Undefined for a model without a version that could answer. One that `job` has published, before it died and was
 * resumed, answers by nobody's word yet: without the label it is not what this job's version is compared with.
 */
export async function findPresent(
  repository: Versions,
  model: string,
  { job, signal }: { readonly job?: string | undefined; readonly signal?: AbortSignal },
): Promise<PresentVersion | undefined> {
  const found = await repository.labels(model, undefined, signal);
  const labelled = found === 'unchanged' ? undefined : found.labels[productionLabel];
  if (labelled !== undefined) {
    const manifest = await readable(repository, model, labelled, signal);
    return { version: labelled, manifest, isLabelled: true };
  }
  for (const version of (await repository.versions(model, signal)).toReversed()) {
    const manifest = await readable(repository, model, version, signal);
    if (manifest && !isOf(manifest, job)) return { version, manifest, isLabelled: false };
  }
  return undefined;
}

/** Whether a version is what this very job has published. */
export function isOf({ lineage }: Pick<Manifest, 'lineage'>, job: string | undefined): boolean {
  return job !== undefined && lineage.job === job;
}

/** Undefined for one that is gone or damaged: that is no reason to lose a trained net. */
async function readable(
  repository: Versions,
  model: string,
  version: number,
  signal?: AbortSignal,
): Promise<Manifest | undefined> {
  try {
    return await repository.manifest(model, version, signal);
  } catch (error) {
    if (error instanceof errors.GLIMPSE_MANIFEST_INVALID) return undefined;
    if (error instanceof errors.GLIMPSE_VERSION_NOT_FOUND) return undefined;
    throw error;
  }
}

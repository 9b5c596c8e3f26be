import { errors } from '../errors.ts';
import { productionLabel } from './names.ts';
import type { Repository } from './repository.ts';

/** What a caller names of a model, if anything. */
export interface VersionChoice {
  readonly version?: number | undefined;
  readonly label?: string | undefined;
}

/** The version that is meant now: the one named, the one a label points at, else that of production, else the newest. */
export async function answeringVersion(
  repository: Pick<Repository, 'labels' | 'versions' | 'manifest'>,
  model: string,
  { version, label }: VersionChoice,
): Promise<number> {
  if (version !== undefined) return (await repository.manifest(model, version)).version;
  const found = await repository.labels(model);
  const labels = found === 'unchanged' ? {} : found.labels;
  if (label !== undefined) {
    const named = Object.hasOwn(labels, label) ? labels[label] : undefined;
    if (named === undefined) throw new errors.GLIMPSE_LABEL_NOT_FOUND(model, label);
    return named;
  }
  const answering = labels[productionLabel] ?? (await repository.versions(model)).at(-1);
  if (answering === undefined) throw new errors.GLIMPSE_MODEL_NOT_FOUND(model);
  return answering;
}

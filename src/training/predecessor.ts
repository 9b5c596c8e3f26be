import { textOfShape } from '../datasets/dataset.ts';
import { differencesOf, listed } from '../preprocessing/differences.ts';
import { plainContract } from '../preprocessing/presets.ts';
import { errors } from '../errors.ts';
import type { Repository } from '../repository/repository.ts';
import type { Preprocessing } from '../preprocessing/contract.ts';

/** The newest version of a model, whose next one prepares its images alike unless the request says otherwise. */
export interface Predecessor {
  readonly version: number;
  readonly preprocessing: Preprocessing;
}

/** Undefined for a model without a version that can be read. */
export async function findPredecessor(
  repository: Pick<Repository, 'versions' | 'manifest'>,
  model: string,
  signal: AbortSignal,
): Promise<Predecessor | undefined> {
  const versions = await repository.versions(model, signal);
  for (const version of versions.toReversed()) {
    try {
      const { preprocessing } = await repository.manifest(model, version, signal);
      return { version, preprocessing };
    } catch (error) {
      if (!(error instanceof errors.GLIMPSE_MANIFEST_INVALID)) throw error;
    }
  }
  return undefined;
}

/** What a look at a dataset takes over from the newest version of the model that is to be trained with it. */
export async function inheritFor(
  model: string | undefined,
  repository: Pick<Repository, 'versions' | 'manifest'>,
  signal: AbortSignal,
) {
  const predecessor =
    model === undefined ? undefined : await findPredecessor(repository, model, signal);
  return {
    inherited: predecessor?.preprocessing,
    noteInherited: (now: Preprocessing): string[] => compareWithPredecessor(predecessor, now),
  };
}

/** In words, what was taken over from the version before, and what was not. */
export function compareWithPredecessor(
  predecessor: Predecessor | undefined,
  now: Preprocessing,
): string[] {
  if (!predecessor) return [];
  const { version, preprocessing: before } = predecessor;
  const sizes = [before, now].map(textOfShape);
  const plain = plainContract({ ...now });
  if (sizes[0] !== sizes[1]) {
    const special = differencesOf(before, plainContract({ ...before }));
    if (special.length === 0) return [];
    return [
      `Version ${version} took images of ${sizes[0]} (${listed(special, before)}); this one takes ${sizes[1]}, and nothing of that was taken over.`,
    ];
  }
  const changed = differencesOf(before, now);
  const kept = differencesOf(now, plain).filter((name) => !changed.includes(name));
  return [
    ...(kept.length > 0
      ? [`Images are prepared as those of version ${version}: ${listed(kept, now)}.`]
      : []),
    ...(changed.length > 0
      ? [
          `Version ${version} prepared its images with ${listed(changed, before)}; this one does with ${listed(changed, now)}, as its request or dataset says.`,
        ]
      : []),
  ];
}

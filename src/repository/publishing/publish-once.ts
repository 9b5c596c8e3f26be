import { randomUUID } from 'node:crypto';
import type { Repository } from '../repository.ts';

/**
 * The same repository for whoever works on what others may be working on at the same time, unseen: whatever they all
 * publish under this name is one version.
 */
export function publishingOnce(repository: Repository, name: string): Repository {
  return {
    ...repository,
    publish: (draft, signal, publication = { writerId: randomUUID() }) =>
      repository.publish(draft, signal, { ...publication, once: name }),
  };
}

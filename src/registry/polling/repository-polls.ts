import type { Repository } from '../../repository/repository.ts';
import type { KnownModel } from '../known-model.ts';
import { callPreloaded, type ModelControlMode } from '../control/model-control.ts';
import { pollLabels, pollRepository } from './poll-repository.ts';
import type { PollKind } from './poller.ts';
import type { VersionPolicy } from '../policy/version-view.ts';

export interface RepositoryPollsOptions {
  readonly repository: Repository;
  readonly models: Map<string, KnownModel>;
  readonly policy: VersionPolicy;
  readonly mode: ModelControlMode;
  readonly pollIntervalMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What a poll reads, so that it costs little however many models there are. */
export interface RepositoryPolls {
  /** Polls at least this; returns what was polled. */
  poll(kind: PollKind, signal: AbortSignal): Promise<PollKind>;
  /**
   * Reads the labels of a model that no poll reads because nobody uses it, unless that is hardly longer ago than a poll:
   * whoever asks for it now is answered by what its labels say now. Never rejects: where the repository does not answer, what
   * is known holds. Nothing for a model that polls read.
   */
  readUnused(model: string, signal: AbortSignal): Promise<void> | undefined;
}

/**
 * How many conditional requests a listing of so many keys is worth, as S3 asks to be paid: 1 000 keys are a page, and a page
 * costs as much as 12.5 of them.
 */
export function listingCost(keys: number): number {
  return Math.ceil(Math.max(1, keys) / 1_000) * 12.5;
}

/** Labels are polled of models that are in use here, or everything is listed where that costs less. */
export function createRepositoryPolls(options: RepositoryPollsOptions): RepositoryPolls {
  const { repository, models, policy } = options;
  let listedKeys: number | undefined;
  let listedAt = 0;
  const reads = new Map<string, { readonly startedAt: number; readonly done: Promise<void> }>();

  const isInUse = (model: KnownModel): boolean =>
    (policy.isPreloaded?.(model.model) ?? true) || model.isInMemory;
  const isListingCheaper = (): boolean => {
    // On a disk a listing is many reads, and not one request for a thousand keys.
    if (repository.folder !== undefined || listedKeys === undefined) return false;
    return [...models.values()].filter(isInUse).length > listingCost(listedKeys);
  };

  return {
    async poll(kind, signal) {
      const due = kind === 'labels' && isListingCheaper() ? 'everything' : kind;
      const keys = await pollRepository(repository, models, due, signal, isInUse);
      const isFirst = listedKeys === undefined;
      if (keys !== undefined) {
        listedKeys = keys;
        listedAt = options.now();
        reads.clear();
      }
      if (isFirst && options.mode === 'explicit') callPreloaded(options);
      return due;
    },
    readUnused(name, signal) {
      const model = models.get(name);
      const { pollIntervalMs, now } = options;
      if (!model || pollIntervalMs === 0 || isInUse(model)) return undefined;
      const readAt = Math.max(listedAt, reads.get(name)?.startedAt ?? 0);
      if (now() - readAt >= pollIntervalMs) {
        const done = pollLabels(repository, model, signal).catch(() => {});
        reads.set(name, { startedAt: now(), done });
      }
      return reads.get(name)?.done;
    },
  };
}

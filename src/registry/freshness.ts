import { setTimeout as delay } from 'node:timers/promises';
import { asError, notify } from '../errors.ts';
import type { KeptRepository, Listing } from '../repository/cache/kept-repository.ts';
import { KnownModel } from './known-model.ts';
import { adoptTraffic } from './documents/model-traffic.ts';
import type { Poller } from './polling/poller.ts';
import type { RegistryOptions } from './registry.ts';

/** How old what is known of the repository is, and what is kept of it for a start while it does not answer. */
export interface Freshness {
  /** True from a start without the repository until the repository has answered. */
  readonly isFromKept: boolean;
  /** Milliseconds since the start. */
  readonly sinceStartMs: number;
  /** When the repository last answered, to this process or to one before it. */
  readonly seenAt: Date | undefined;
  /** The same, but only while what is known is older than polling at intervals would make it. */
  staleSince(): Date | undefined;
  /** Resolves when the poll has ended, or after the wait when there is a kept listing to start from. */
  awaitStart(polled: Promise<void>): Promise<void>;
  /** After every poll. */
  onPolled(error: Error | undefined): void;
  /** Keeps what is known now, which the repository has just said. */
  keep(): void;
  /** Resolves when the last listing is on the disk. */
  close(): Promise<void>;
}

export interface FreshnessOptions {
  /** Where what is known is kept; undefined: nowhere. */
  readonly kept: KeptRepository | undefined;
  readonly models: Map<string, KnownModel>;
  readonly poller: Pick<Poller, 'failure' | 'hasPolledAll'>;
  readonly pollIntervalMs: number;
  readonly rescanIntervalMs: number;
  /** How long a start waits for the repository. */
  readonly startWaitMs: number;
  readonly now: () => number;
  /** A start from what is kept, and the first answer after it. */
  readonly onStale: (since: Date | undefined) => void;
  /** Told when the listing cannot be kept, once until it can. */
  readonly onProblem: (error: Error) => void;
}

/** Failures make up to two intervals of one; a repository that was away for so many is missed. */
const staleAfterIntervals = 4;

/** That of a registry. */
export function openFreshness(
  { repository, startWaitMs, polling, on = {} }: RegistryOptions,
  models: Map<string, KnownModel>,
  poller: Poller,
  now: () => number,
): Freshness {
  return createFreshness({
    kept: startWaitMs === undefined ? undefined : repository.kept,
    models,
    poller,
    ...polling,
    startWaitMs: startWaitMs ?? 0,
    now,
    onStale: (since) => notify(() => on.onStale?.({ since })),
    onProblem: (error) => notify(() => on.onKeepFailed?.({ error })),
  });
}

/** Knows nothing yet; the registry tells it of every poll. */
export function createFreshness(options: FreshnessOptions): Freshness {
  const { kept, models, poller, startWaitMs, now } = options;
  const intervals = [options.pollIntervalMs, options.rescanIntervalMs].filter((ms) => ms > 0);
  const staleAfterMs = staleAfterIntervals * Math.min(...intervals);
  let startedAt: number | undefined;
  let seenAt: Date | undefined;
  let isFromKept = false;
  let hasFailed = false;
  const writer = kept && createListingWriter(kept, options.onProblem);

  const keep = (): void => {
    if (isFromKept) return;
    seenAt = new Date(now());
    writer?.write({ seenAt: seenAt.toISOString(), models: listingOf(models) });
  };

  return {
    get isFromKept() {
      return isFromKept;
    },
    get sinceStartMs() {
      return startedAt === undefined ? 0 : now() - startedAt;
    },
    get seenAt() {
      return seenAt;
    },
    staleSince() {
      if (isFromKept) return seenAt;
      const age = seenAt && poller.failure ? now() - seenAt.getTime() : 0;
      return age > staleAfterMs ? seenAt : undefined;
    },
    async awaitStart(polled) {
      startedAt = now();
      if (!kept) return polled;
      const giveUp = new AbortController();
      const late = delay(startWaitMs, undefined, { signal: giveUp.signal });
      await Promise.race([polled, late]).finally(() => giveUp.abort());
      if (poller.hasPolledAll) return;
      // A listing that cannot be read is as good as none.
      const listing = await kept.listing().catch(() => undefined);
      if (listing === undefined) return polled;
      // The repository may have answered while the listing was read.
      if (poller.hasPolledAll) return;
      recall(models, listing);
      seenAt = new Date(listing.seenAt);
      isFromKept = true;
      options.onStale(seenAt);
    },
    onPolled(error) {
      if (error === undefined) {
        if (hasFailed || isFromKept) for (const model of models.values()) model.retryUnavailable();
        if (isFromKept) options.onStale(undefined);
        isFromKept = false;
        keep();
      }
      hasFailed = error !== undefined;
    },
    keep,
    close: async () => writer?.settled(),
  };
}

/** Writes listings one after the other, and reports the first that cannot be written until one can. */
function createListingWriter(
  kept: KeptRepository,
  onProblem: FreshnessOptions['onProblem'],
): { write(listing: Listing): void; settled(): Promise<void> } {
  let writing: Promise<void> = Promise.resolve();
  let isReported = false;
  const writeNow = async (listing: Listing): Promise<void> => {
    try {
      await kept.keepListing(listing);
      isReported = false;
    } catch (error) {
      if (!isReported) onProblem(asError(error));
      isReported = true;
    }
  };
  return {
    write(listing) {
      writing = writing.then(() => writeNow(listing));
    },
    settled: () => writing,
  };
}

function listingOf(models: ReadonlyMap<string, KnownModel>): Listing['models'] {
  return [...models.values()]
    .filter((model) => !model.isEmpty)
    .map((model) => ({
      model: model.model,
      versions: model.versionsAtRest(),
      labels: { ...model.labels },
      ...(model.traffic && { traffic: model.traffic }),
    }))
    .sort((a, b) => (a.model < b.model ? -1 : 1));
}

/** Takes in what was known before. What a poll under way has read already is newer. */
function recall(models: Map<string, KnownModel>, listing: Listing): void {
  for (const { model: name, versions, labels, traffic } of listing.models) {
    const model = models.get(name) ?? new KnownModel(name);
    models.set(name, model);
    if (!model.isEmpty) continue;
    model.recallVersions(versions);
    if (model.etag !== undefined) continue;
    model.setLabels({ labels, etag: undefined });
    adoptTraffic(model, traffic);
  }
}

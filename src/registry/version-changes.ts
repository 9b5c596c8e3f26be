import { notify, warn } from '../errors.ts';
import type { KnownVersion } from './known-version.ts';
import type { VersionLoader } from './load-version.ts';
import { failureAfter, reasonOf } from './quarantine.ts';
import type { RegistryEvents } from './registry-events.ts';
import type { VersionEvent } from './policy/version-state.ts';

export interface VersionChangesOptions {
  readonly loader: VersionLoader;
  readonly on: RegistryEvents;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Ends the loads under way. */
  readonly closing: AbortSignal;
  /** Moves the version to its next state. */
  readonly transition: (known: KnownVersion, event: VersionEvent) => void;
}

/** The load and the unload of one version, and what is remembered of one that failed. */
export interface VersionChanges {
  load(known: KnownVersion): void;
  unload(known: KnownVersion): void;
}

/** Both start at once; `change` of the version settles when they have ended. */
export function createVersionChanges(options: VersionChangesOptions): VersionChanges {
  const { transition } = options;
  return {
    load(known) {
      // What is read now is what the repository has under this number.
      known.isReplaced = false;
      transition(known, 'load');
      known.change = runLoad(known, options);
    },
    unload(known) {
      transition(known, 'unload');
      known.change = runUnload(known, options);
    },
  };
}

async function runLoad(known: KnownVersion, options: VersionChangesOptions): Promise<void> {
  const { loader, on, closing, transition } = options;
  const { model, version } = known;
  const startedAt = performance.now();
  let waitedMs = 0;
  const onWaited = (ms: number): void => void (waitedMs += ms);
  const seconds = (): number => (performance.now() - startedAt - waitedMs) / 1000;
  try {
    known.loaded = await loader.load(model, version, closing, onWaited);
    known.failure = undefined;
    const { placement } = known.loaded;
    notify(() => on.onLoad?.({ model, version, outcome: 'loaded', seconds: seconds(), placement }));
    transition(known, 'loaded');
  } catch (error) {
    await recordFailure(known, error, options);
    notify(() => on.onLoad?.({ model, version, outcome: 'failed', seconds: seconds(), error }));
    transition(known, 'failed');
  }
}

async function recordFailure(
  known: KnownVersion,
  error: unknown,
  { loader, on, now, closing }: VersionChangesOptions,
): Promise<void> {
  if (closing.aborted) return;
  const { model, version } = known;
  const fingerprint = await loader.fingerprint(model, version, closing);
  known.failure = failureAfter(error, known.failure, now(), fingerprint);
  known.isOnDemand = false;
  if (known.failure.isQuarantine) {
    notify(() => on.onQuarantine?.({ model, version, reason: reasonOf(error) }));
  }
}

async function runUnload(
  known: KnownVersion,
  { transition }: VersionChangesOptions,
): Promise<void> {
  try {
    await known.loaded!.close();
  } catch (error) {
    // The version is no longer served whether or not its memory was freed cleanly.
    warn(error);
  }
  known.loaded = undefined;
  known.isOnDemand = false;
  transition(known, 'unloaded');
}

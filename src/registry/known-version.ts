import type { ReleaseRecord } from '../repository/releases/release-record.ts';
import type { LoadedVersion } from './loaded-version.ts';
import type { LoadFailure } from './quarantine.ts';
import type { VersionState } from './policy/version-state.ts';

/** What the registry knows about one version: in the repository, and in memory. */
export interface KnownVersion {
  readonly model: string;
  readonly version: number;
  state: VersionState;
  /** Present while READY and UNLOADING. */
  loaded: LoadedVersion | undefined;
  /** Settles when the load or unload under way (or the last one) has ended; never rejects. */
  change: Promise<void>;
  failure: LoadFailure | undefined;
  isOnDemand: boolean;
  lastUsed: number;
  /** Of its files together, as far as a listing has told. */
  fileBytes: number;
  /** What was decided about it; written once, so that it is read once. */
  release: ReleaseRecord | undefined;
  /** How many listings in a row did not contain it. */
  missedListings: number;
  /** A verified copy of it lies on this machine; only known of a version that a label names and no listing has. */
  isKept: boolean;
  /** The repository has another version under this number. */
  isReplaced: boolean;
}

/** One listing without a version may be a half-finished sync; two in a row mean that it was removed. */
export const missedListingsUntilGone = 2;

/** A version that is known by its number, and nothing else of it. */
export function unloadedVersion(model: string, version: number): KnownVersion {
  return {
    model,
    version,
    state: 'UNLOADED',
    loaded: undefined,
    change: Promise.resolve(),
    failure: undefined,
    isOnDemand: false,
    lastUsed: 0,
    fileBytes: 0,
    release: undefined,
    missedListings: 0,
    isKept: false,
    isReplaced: false,
  };
}

/** In memory, or on its way there. */
export function isHeld({ state }: KnownVersion): boolean {
  return state === 'READY' || state === 'LOADING';
}

/** Whether the repository has it, as far as is known. */
export function isAtRest({ missedListings }: Pick<KnownVersion, 'missedListings'>): boolean {
  return missedListings < missedListingsUntilGone;
}

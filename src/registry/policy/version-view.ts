import type { LoadRule, ModelLimits } from '../../repository/releases/load-rule.ts';
import type { VersionState } from './version-state.ts';

/** One version as the policy sees it. */
export interface VersionView {
  readonly version: number;
  readonly state: VersionState;
  /** False when it is gone from the repository for good. */
  readonly isAtRest: boolean;
  /** All the same there is what could answer: it is in memory, or a verified copy lies on this machine. */
  readonly isHere: boolean;
  /** It could not be loaded and its time to be tried again has not come. */
  readonly isBlocked: boolean;
  /** A request selected exactly this version while it was not loaded. */
  readonly isOnDemand: boolean;
  /** Grows with every use; 0 is never. */
  readonly lastUsed: number;
  /** How much memory it takes once it is loaded, as far as its files tell. */
  readonly bytes: number;
}

export interface ModelView {
  readonly model: string;
  /** Versions that labels point at. */
  readonly labelled: readonly number[];
  /** Versions that answer for a label, or by default, just now. */
  readonly serving: readonly number[];
  /** Those of both by default, or by a label that somebody has set: they stay though their files are gone. */
  readonly relied: readonly number[];
  /** Versions that are to answer by default, or for a label that is in use, whichever answers just now. */
  readonly followed: readonly number[];
  /** No `production` label decides: the highest READY version answers by default. */
  readonly answersByNewest: boolean;
  /** Which of its versions are loaded beside those that answer; left out: the newest `keepVersions`. */
  readonly load?: LoadRule | undefined;
  readonly limits?: ModelLimits | undefined;
  /** Versions that calls have loaded, and nothing else is; only where calls alone load. */
  readonly called: readonly number[];
  readonly versions: readonly VersionView[];
}

/** load-first: a version goes once its successor is READY. unload-first: before it is loaded; requests wait meanwhile. */
export type ReloadOrder = 'load-first' | 'unload-first';

export interface VersionPolicy {
  /** How many of the newest usable versions of each model stay loaded besides the labelled ones, where it has no rule of its own. */
  readonly keepVersions: number;
  /**
   * How many versions are loaded at most. Labelled ones, and those that answer by default, always are; where they take all
   * places there is one for what a request selects by its number, so that an older version can rescue a model.
   */
  readonly maxLoadedVersions: number;
  /**
   * How many bytes loaded versions take at most. Whatever was asked for least recently goes first, labelled or not, and is
   * loaded again when it is asked for. Left out: no limit.
   */
  readonly maxLoadedBytes?: number;
  readonly reloadOrder?: ReloadOrder;
  /** Whether a model is loaded before anybody asks for it; left out: every one is. */
  readonly isPreloaded?: (model: string) => boolean;
  /** Whether the server is not ready without a model: what answers for it never makes room for others. */
  readonly isRequired?: (model: string) => boolean;
  /** Versions are loaded and unloaded by calls alone. */
  readonly byCalls?: boolean;
}

/** A version that is not READY, and without which the server is not ready. */
export interface AwaitedVersion {
  readonly model: string;
  readonly version: number;
}

export interface VersionAction {
  /** hold: it is loaded as soon as versions that are being unloaded have left their memory. */
  readonly kind: 'load' | 'unload' | 'hold';
  readonly model: string;
  readonly version: number;
}

/** A version that should be loaded if the limits allow. */
export interface LoadCandidate {
  readonly model: string;
  readonly view: VersionView;
  /** Whatever the limit of versions says. */
  readonly isPinned: boolean;
  /** Whatever the limit of bytes says: the server is not ready without it, or nothing could bring it back. */
  readonly isFirm: boolean;
  readonly isAwaited: boolean;
  /** It is to answer in place of another. */
  readonly isFollowed: boolean;
  /** When it, or what it is to replace, was last used. */
  readonly lastUsed: number;
}

import type { Reason } from './quarantine.ts';
import type { VersionState } from './version-state.ts';

interface Subject {
  readonly model: string;
  readonly version: number;
}

/** What the registry tells of itself; compose connects it to log and metrics. */
export interface RegistryEvents {
  /** One attempt to load a version has ended. */
  onLoad?(
    event: Subject & {
      readonly outcome: 'loaded' | 'failed';
      readonly seconds: number;
      readonly error?: unknown;
    },
  ): void;
  /** A version was set aside because it cannot be served. */
  onQuarantine?(event: Subject & { readonly reason: Reason }): void;
  onState?(event: Subject & { readonly state: VersionState }): void;
  /** A model answers by default with another version than before. */
  onReload?(event: {
    readonly model: string;
    readonly before: number;
    readonly after: number;
  }): void;
  /** One look into the repository has ended. */
  onLook?(event: { readonly outcome: 'ok' | 'failed'; readonly error?: Error }): void;
}

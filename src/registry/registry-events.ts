import type { Placement } from '../runtime/runtime.ts';
import type { Reason } from './quarantine.ts';
import type { VersionState } from './policy/version-state.ts';

interface VersionReference {
  readonly model: string;
  readonly version: number;
}

/** Events of the registry; compose connects them to log and metrics. */
export interface RegistryEvents {
  /** One attempt to load a version has ended. */
  onLoad?(
    event: VersionReference & {
      readonly outcome: 'loaded' | 'failed';
      readonly seconds: number;
      readonly error?: unknown;
      /** Of a version that was loaded and measured. */
      readonly placement?: Placement | undefined;
    },
  ): void;
  /** A version was quarantined because it cannot be served. */
  onQuarantine?(event: VersionReference & { readonly reason: Reason }): void;
  onState?(event: VersionReference & { readonly state: VersionState }): void;
  /** Another version than before serves the model by default. */
  onReload?(event: {
    readonly model: string;
    readonly before: number;
    readonly after: number;
  }): void;
  /** One poll of the repository has ended. */
  onPoll?(event: { readonly outcome: 'ok' | 'failed'; readonly error?: Error }): void;
  /** A start from what is kept, because the repository does not answer; and the end of that. */
  onStale?(event: { readonly since: Date | undefined }): void;
  /** What is known cannot be kept on this machine; told once until it can. */
  onKeepFailed?(event: { readonly error: Error }): void;
}

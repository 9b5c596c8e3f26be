import type { Manifest } from '../../repository/manifest.ts';
import type { ModelRuntime } from '../../runtime/runtime.ts';

/** A version as a server has it in memory: what it answers by, and the runtime that holds its model. */
export interface ServedVersion extends Pick<
  Manifest,
  'model' | 'signature' | 'preprocessing' | 'gate'
> {
  /** Lent: whoever opened it closes it. */
  readonly runtime: ModelRuntime;
}

/** What an image is answered with: a class, with the contrast of its ink where that was looked for, or the code it is refused with. */
export type ServedAnswer =
  { readonly label: string; readonly contrast?: number } | { readonly refusal: string };

/**
 * The code that answers POST /predict, around one version. Serving stands above training, so that the floor which
 * knows both hands it down.
 */
export interface ServingPath {
  /** One answer for each image, in the same order. */
  answersTo(images: readonly Uint8Array[], signal: AbortSignal): Promise<readonly ServedAnswer[]>;
  /** Ends its batcher. */
  close(): Promise<void>;
}

export type OpenServingPath = (version: ServedVersion) => ServingPath;

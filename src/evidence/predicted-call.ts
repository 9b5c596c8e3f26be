import type { Provenance, ProvenanceMark } from '../image/provenance.ts';
import type { Manifest } from '../repository/manifest.ts';
import type { VersionDigests } from './version-digests.ts';

/** One call that was answered, as the predictor tells of it. */
export interface PredictedCall {
  readonly id: string;
  /** Of the version that answered. */
  readonly manifest: Manifest;
  readonly digests: VersionDigests;
  /** Those that got a prediction. */
  readonly images: readonly PredictedImage[];
}

export interface PredictedImage {
  /** Its place in the call. */
  readonly index: number;
  readonly label: string;
  readonly score: number;
  readonly warnings: readonly string[];
  readonly provenance: Provenance;
  readonly marks: readonly ProvenanceMark[];
  /** The mean of its pixels, as a share of white. */
  readonly brightness: number;
  /** Of its ink; undefined where none was looked for. */
  readonly contrast: number | undefined;
  /** The file as it came in, lent for the time of the call; undefined for pixels without a file. */
  readonly file: Uint8Array | undefined;
}

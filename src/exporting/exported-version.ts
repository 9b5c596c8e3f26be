/** The forms in which a version can be taken elsewhere. */
export const exportFormats = ['onnx', 'tfjs', 'keras', 'zip'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** One file that holds a version. */
export interface ExportedVersion {
  readonly contentType: string;
  readonly size: number;
  /** Its bytes, in pieces. */
  write(): AsyncIterable<Uint8Array>;
}

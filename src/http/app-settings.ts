import type { DialectName } from './dialects/dialect.ts';

/** What of the configuration the routes go by. */
export interface AppSettings {
  readonly version: string;
  /** The model of POST /predict. */
  readonly defaultModel: string;
  readonly maxBodyBytes: number;
  readonly maxImages: number;
  /** All files of one training request together. */
  readonly maxUploadBytes: number;
  /** Of an uploaded model with all its files. */
  readonly maxModelBytes: number;
  /** Where they are put while they come in. */
  readonly uploadDir: string;
  /** Deadline of a predict call, and the cap of what a client may ask for. */
  readonly requestTimeoutMs: number;
  /** The APIs of other model servers that are spoken beside its own. */
  readonly dialects: readonly DialectName[];
  /** Where the files of the console are; undefined: it is switched off. */
  readonly consoleFolder: string | undefined;
  /** What stands before all addresses for callers, and is taken off on the way here; begins with a slash unless it is empty. */
  readonly basePath: string;
}

import type { Documents } from '../documents.ts';

/**
 * The kinds of predict calls a client makes, by what its program is told to do: a form with a file or several, the bytes
 * of an image, JSON with base64, JSON with pixels in one list or in nested ones (whose files are JSON, too).
 */
export const kinds = ['file', 'files', 'bytes', 'base64', 'pixels', 'nested'] as const;
export type Kind = (typeof kinds)[number];

/** Asks POST /predict about image files; resolves with the classes it answered, in order. */
export type Ask = (url: string, kind: Kind, files: readonly string[]) => Promise<string[]>;

/** A client that somebody else's generator makes of our contract. */
export interface GeneratedClient {
  readonly name: string;
  /** The kinds of calls its generator has no right code for, each with the reason. */
  readonly unable?: Partial<Record<Kind, string>>;
  /** Generates and compiles it in an empty folder, with a small program that calls it. */
  build(folder: string, documents: Documents): Promise<Ask>;
}

/** The classes in what a program wrote, one a line. */
export const classesOf = (output: string): string[] => output.trim().split('\n');

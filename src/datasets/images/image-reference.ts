import type { DatasetFile } from '../source.ts';

/** An image that belongs to a dataset, before anybody has read it; or why it cannot. */
export type ImageReference = FoundImage | RefusedImage;

interface NamedImage {
  /** Of the manifest; else its place in the order of names. */
  readonly line: number;
  readonly name: string;
}

export interface FoundImage extends NamedImage {
  readonly label: unknown;
  /** Undefined when there is no such file. */
  find(): Promise<DatasetFile | undefined>;
}

export interface RefusedImage extends NamedImage {
  readonly problem: string;
}

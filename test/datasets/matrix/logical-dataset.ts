import { withDigest } from '../../../src/datasets/dataset.ts';
import type { DatasetSpec } from '../../../src/datasets/spec.ts';
import { encodePng } from '../../../src/image/encode-png.ts';

/** The one dataset that every form of the matrix holds: forty images to learn from, ten to measure on. */

export interface Example {
  readonly label: number;
  readonly pixels: Uint8Array;
  readonly png: Buffer;
}

export type Files = Readonly<Record<string, string | Uint8Array>>;

/** One way to write it. */
export interface Form {
  readonly name: string;
  readonly files: () => Promise<Files>;
  /** What a request names: one of the files, or the folder around them. */
  readonly uri: string;
  readonly spec?: Omit<DatasetSpec, 'uri'>;
  /** Whether it carries the ten images to measure on, too. */
  readonly hasTest?: boolean;
  /** Whether it holds the images in colour instead. */
  readonly isColour?: boolean;
}

export const side = 8;
export const shape = { width: side, height: side, channels: 1 } as const;

/** As parquet-files/write-fixtures.py makes them: class after class, so that folders of classes have the same order. */
async function draw(index: number, label: number): Promise<Example> {
  const pixels = Uint8Array.from(
    { length: side * side },
    (_, pixel) => (index * 37 + pixel * 11 + label * 64) % 256,
  );
  return { label, pixels, png: await encodePng(pixels, shape) };
}

export const examples: readonly Example[] = await Promise.all(
  Array.from({ length: 40 }, (_, index) => draw(index, index < 14 ? 0 : index < 27 ? 1 : 2)),
);

export const testExamples: readonly Example[] = await Promise.all(
  Array.from({ length: 10 }, (_, index) => draw(index + 100, index < 4 ? 0 : index < 7 ? 1 : 2)),
);

export const colour = { width: side, height: side, channels: 3 } as const;

/** Twelve images in colour, for forms in which the channels of a pixel may lie together or apart. */
export const colourExamples: readonly Example[] = await Promise.all(
  Array.from({ length: 12 }, async (_, index) => {
    const label = Math.floor(index / 4);
    const pixels = Uint8Array.from(
      { length: side * side * 3 },
      (_unused, at) => (index * 41 + at * 7 + (at % 3) * 80 + label * 50) % 256,
    );
    return { label, pixels, png: await encodePng(pixels, colour) };
  }),
);

/** What reading any form must give. */
export function digestOf(some: readonly Example[]): string {
  const pixels = Buffer.concat(some.map((one) => one.pixels));
  const labels = Int32Array.from(some, ({ label }) => label);
  const own = some === colourExamples ? colour : shape;
  return withDigest({ pixels, labels, shape: own, classes: ['0', '1', '2'] }).digest;
}

export const lines = (rows: readonly string[], end = '\n'): string =>
  rows.map((row) => `${row}${end}`).join('');

/** The text in another encoding, with its mark. */
export function utf16(text: string, order: 'LE' | 'BE'): Buffer {
  const bytes = Buffer.from(`\uFEFF${text}`, 'utf16le');
  return order === 'LE' ? bytes : bytes.swap16();
}

/** A form of one file, which a request names. */
export const one = (
  file: string,
  content: () => string | Uint8Array | Promise<string | Uint8Array>,
): Pick<Form, 'files' | 'uri'> => ({
  files: async () => ({ [file]: await content() }),
  uri: file,
});

/** A form of a folder of files, which a request names. */
export const inside = (
  folder: string,
  make: () => Files | Promise<Files>,
): Pick<Form, 'files' | 'uri'> => ({
  files: async () =>
    Object.fromEntries(
      Object.entries(await make()).map(([name, content]) => [`${folder}/${name}`, content]),
    ),
  uri: `${folder}/`,
});

/** Parts as Spark names them, with what it leaves beside them. */
export const spark = (extension: string, parts: readonly (string | Uint8Array)[]): Files => ({
  _SUCCESS: '',
  '._SUCCESS.crc': 'x',
  ...Object.fromEntries(
    parts.map((part, index) => [`part-0000${index}-0b1c2d3e-c000.${extension}`, part]),
  ),
});

import { errors, withDetails } from '../errors.ts';
import { printable } from './file-names.ts';
import { pixelFields } from './row.ts';

/**
 * Which column holds the images where one does, decided here for every format: a column of Parquet or Arrow, a field
 * of JSON, an array of NumPy. A request names it.
 */
export type ImageColumn = string | undefined;

/** What writers call it, in lower case. */
const IMAGE_NAMES = new Set([
  ...pixelFields,
  'images',
  'img',
  'imgs',
  'picture',
  'bytes',
  'data',
  'x',
]);

/** How many columns are named in a refusal. */
const MAX_NAMES_SHOWN = 8;

/** Whether a column of this name is taken for the images when the request names none. */
export function isImageColumnName(name: string): boolean {
  return IMAGE_NAMES.has(name.trim().toLowerCase());
}

/**
 * The position of the images among columns that could hold them: the one asked for, the only one with a usual name,
 * or the only one there is; undefined when there is none. Throws when it could be several, or is not there.
 */
export function findImageColumn(
  names: readonly string[],
  wanted: ImageColumn,
  mayHoldImages: (column: number) => boolean,
): number | undefined {
  const possible = [...names.keys()].filter(mayHoldImages);
  if (wanted !== undefined) {
    const found =
      possible.find((column) => names[column] === wanted) ??
      possible.find((column) => names[column]!.toLowerCase() === wanted.trim().toLowerCase());
    if (found !== undefined) return found;
    throw unclear(`it has no column "${printable(wanted)}" that holds images`, names);
  }
  const usual = possible.filter((column) => isImageColumnName(names[column]!));
  const [found, ...more] = usual.length > 0 ? usual : possible;
  if (more.length === 0) return found;
  const all = (usual.length > 0 ? usual : possible).map((column) => names[column]!);
  throw unclear(`several of its columns could hold its images (${listed(all)})`, names);
}

function unclear(reason: string, names: readonly string[]): Error {
  const error = new errors.GLIMPSE_DATASET_INVALID(
    `${reason}; its columns are ${listed(names)}; choose one by imageColumn (--image-column)`,
  );
  return withDetails(error, { option: 'imageColumn', columns: names.slice(0, 100).map(printable) });
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES_SHOWN).map((name) => `"${printable(name)}"`);
  return `${shown.join(', ')}${names.length > shown.length ? `, ... (${names.length} in all)` : ''}`;
}

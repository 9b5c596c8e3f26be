import { posix } from 'node:path';
import { errors } from '../../errors.ts';
import { isImageName, printable } from '../file-names.ts';
import type { DatasetFile } from '../source.ts';

/** Finds images by what tables call them: their file name, or its stem, without the folder. */
export interface ImageNames {
  readonly has: (cell: string) => boolean;
  /**
   * The image a cell of a table means: where a name is there twice, the one in the folder called like the
   * table. Throws when it could still be several.
   */
  readonly find: (cell: string, table: string) => DatasetFile | undefined;
}

/** The images among files. */
export function createImageNames(files: readonly DatasetFile[]): ImageNames {
  const [names, stems] = [new Map<string, DatasetFile[]>(), new Map<string, DatasetFile[]>()];
  for (const file of files) {
    if (!isImageName(file.name)) continue;
    const name = posix.basename(file.name);
    addTo(names, name, file);
    addTo(stems, name.slice(0, name.lastIndexOf('.')), file);
  }
  const meant = (cell: string): DatasetFile[] =>
    cell === '' ? [] : (names.get(cell) ?? stems.get(cell) ?? []);
  return {
    has: (cell) => meant(cell).length > 0,
    find(cell, table) {
      const found = meant(cell);
      const stem = posix.basename(table).replace(/\..*/, '').toLowerCase();
      const own = found.filter(({ name }) =>
        posix.basename(posix.dirname(name)).toLowerCase().startsWith(stem),
      );
      const possible = own.length > 0 ? own : found;
      if (possible.length <= 1) return possible[0];
      const listed = possible.slice(0, 3).map(({ name }) => printable(name));
      throw new errors.GLIMPSE_DATASET_INVALID(
        `"${printable(cell)}" could be several images (${listed.join(', ')}); give their paths`,
      );
    },
  };
}

function addTo(map: Map<string, DatasetFile[]>, key: string, file: DatasetFile): void {
  const known = map.get(key);
  if (known) known.push(file);
  else map.set(key, [file]);
}

import { posix } from 'node:path';
import { errors } from '../../errors.ts';
import type { DatasetFile } from '../source.ts';
import { isImageName, printable } from '../file-names.ts';
import type { ImageReference } from './image-reference.ts';

/**
 * Images whose class is the folder they lie in. Folders around all of them ("photos/train/...") do not
 * matter; but below those there must be one level only, since with two it is not clear which one means
 * the class. Undefined for a source without such folders.
 */
export function classFolderImages(
  files: readonly DatasetFile[],
): Iterable<ImageReference> | undefined {
  const images = files.filter(({ name }) => isImageName(name));
  const wrapper = commonFolder(images.map(({ name }) => posix.dirname(posix.dirname(name))));
  const inner = (name: string): string[] => name.slice(wrapper.length).split('/');
  const deep = images.find(({ name }) => inner(name).length > 2);
  if (deep) {
    throw new errors.GLIMPSE_DATASET_INVALID(
      `its images lie in folders of folders (${printable(deep.name)}); name the one that holds the classes, or add a manifest`,
    );
  }
  if (!images.some(({ name }) => inner(name).length === 2)) return undefined;
  return referTo(images, inner);
}

function* referTo(
  images: readonly DatasetFile[],
  inner: (name: string) => string[],
): Generator<ImageReference> {
  for (const [index, file] of images.entries()) {
    const [label, image] = inner(file.name);
    const where = { line: index + 1, name: file.name };
    yield image === undefined
      ? { ...where, problem: 'it lies in no class folder' }
      : { ...where, label, find: async () => file };
  }
}

/** The folder all of these lie in, with a slash at its end; '' for none. */
export function commonFolder(folders: readonly string[]): string {
  const [first = '.', ...rest] = new Set(folders);
  let common = first === '.' ? [] : first.split('/');
  for (const folder of rest) {
    const parts = folder.split('/');
    const differs = common.findIndex((part, index) => part !== parts[index]);
    if (differs >= 0) common = common.slice(0, differs);
  }
  return common.length === 0 ? '' : `${common.join('/')}/`;
}

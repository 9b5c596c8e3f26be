import { posix } from 'node:path';
import { errors } from '../../errors.ts';
import { severalInside, type Refuse } from '../refusal.ts';
import type { DatasetFile, DatasetSource } from '../source.ts';
import { mayBeImage, printable } from '../file-names.ts';
import type { ImageReference } from './image-reference.ts';
import { findSplits } from './split-folders.ts';

/** Images by the folders they lie in. */
export interface ClassFolders {
  readonly references: Iterable<ImageReference>;
  /** The class folders. */
  readonly folders: readonly string[];
  readonly heldOut?: string | undefined;
  readonly notes: readonly string[];
  /** Whether it reads a file of this name. */
  reads(name: string): boolean;
}

/**
 * Images whose class is the folder they lie in. Folders around all of them ("photos/train/...") do not
 * matter; but below those there must be one level only, since with two it is not clear which one means
 * the class. Folders that are called like the parts of a dataset ("train", "test") are no classes: the first
 * is learnt from. Undefined for a source without such folders.
 */
export function classFolderImages(
  source: Pick<DatasetSource, 'files' | 'passedOver'>,
  refuse: Refuse,
): ClassFolders | undefined {
  const all = source.files.filter(({ name }) => mayBeImage(name));
  const images = withoutStrays(all);
  const hasStrays = images.length < all.length;
  const wrapper = commonFolder(images.map(({ name }) => posix.dirname(posix.dirname(name))));
  const inner = (name: string): string[] => name.slice(wrapper.length).split('/');
  const splits = findSplits(
    images.map(({ name }) => inner(name)),
    wrapper,
  );
  if (splits) {
    const isLearnt = (name: string): boolean => name.startsWith(`${wrapper}${splits.training}/`);
    const ofSplit = {
      files: source.files.filter(({ name }) => isLearnt(name)),
      passedOver: source.passedOver,
    };
    const learnt = classFolderImages(ofSplit, refuse);
    const heldOut = splits.heldOut && `${wrapper}${splits.heldOut}`;
    const reads = (name: string): boolean => isLearnt(name) && mayBeImage(name);
    return learnt && { ...learnt, heldOut, notes: [splits.note], reads };
  }
  const deep = images.find(({ name }) => inner(name).length > 2);
  if (deep) {
    const outer = new Set(images.map(({ name }) => wrapper + inner(name)[0]));
    throw severalInside(
      `its images lie in folders of folders (${printable(deep.name)}); add a manifest, or name the one that holds the classes`,
      [...outer],
    );
  }
  const inFolders = images.filter(({ name }) => inner(name).length === 2);
  if (inFolders.length === 0) return undefined;
  checkPassedOver(source.passedOver, wrapper, refuse);
  return {
    references: referTo(images, inner),
    folders: [...new Set(inFolders.map(({ name }) => inner(name)[0]!))],
    notes: [],
    reads: (name) => mayBeImage(name) && (name.includes('/') || !hasStrays),
  };
}

/**
 * The images without those that lie beside the one folder around all classes, as a logo does beside "data/": they are in
 * no class folder, and would make that folder look like a class.
 */
function withoutStrays(images: readonly DatasetFile[]): readonly DatasetFile[] {
  const inFolders = images.filter(({ name }) => name.includes('/'));
  const tops = new Set(inFolders.map(({ name }) => name.slice(0, name.indexOf('/'))));
  const isWrapper = tops.size === 1 && inFolders.every(({ name }) => name.split('/').length > 2);
  return isWrapper ? inFolders : images;
}

function* referTo(
  images: readonly DatasetFile[],
  inner: (name: string) => string[],
): Generator<ImageReference> {
  for (const [index, file] of images.entries()) {
    const [label, image] = inner(file.name);
    // No spread before other properties: V8 keeps what that makes until it next looks through all memory.
    const [line, { name }] = [index + 1, file];
    yield image === undefined
      ? { line, name, problem: 'it lies in no class folder' }
      : { line, name, label, find: async () => file };
  }
}

/** A class whose folder begins with "_" or "." would be missing without a word. */
function checkPassedOver(passedOver: readonly string[], wrapper: string, refuse: Refuse): void {
  const beside = passedOver.find(
    (name) => name.startsWith(wrapper) && name.slice(wrapper.length).split('/').length === 2,
  );
  if (beside === undefined) return;
  refuse(
    new errors.GLIMPSE_DATASET_INVALID(
      `the folder "${printable(posix.dirname(beside))}" lies among the class folders, and is not read since its name begins with "_" or "."; rename it, or move it away`,
    ),
  );
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

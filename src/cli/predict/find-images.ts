import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isImageName } from '../../datasets/file-names.ts';
import { hasCode } from '../../disk-errors.ts';
import { errors, messageOf } from '../../errors.ts';
import { filesOf, isGlob } from './glob.ts';

/** A file to classify, or why a word names none. */
export interface FoundFile {
  readonly path: string;
  readonly error?: Error;
}

interface Found {
  readonly files: readonly FoundFile[];
  /** What was passed over, in words. */
  readonly notes: readonly string[];
}

/** The files that some words name: files, folders of images, and patterns that the shell did not expand. */
export async function findImages(words: readonly string[], recursive: boolean): Promise<Found> {
  const found: Found[] = [];
  for (const word of words) found.push(await findIn(word, recursive));
  return {
    files: found.flatMap(({ files }) => files),
    notes: found.flatMap(({ notes }) => notes),
  };
}

async function findIn(word: string, recursive: boolean): Promise<Found> {
  try {
    const isFolder = (await stat(word)).isDirectory();
    return isFolder ? await imagesIn(word, recursive) : { files: [{ path: word }], notes: [] };
  } catch (error) {
    const matching = isGlob(word) ? await filesOf(word) : [];
    if (matching.length > 0) return { files: matching.map((path) => ({ path })), notes: [] };
    return nothingAt(word, isGlob(word) ? 'no file fits the pattern' : reasonOf(error));
  }
}

function reasonOf(error: unknown): string {
  return hasCode(error, 'ENOENT') ? 'there is no such file.' : messageOf(error);
}

/** The images of a folder by their names, sorted; of folders inside it only where that was asked for. */
async function imagesIn(folder: string, recursive: boolean): Promise<Found> {
  const entries = await readdir(folder, { withFileTypes: true, recursive });
  const files = entries.filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'));
  const images = files.filter(({ name }) => isImageName(name));
  const others = files.length - images.length;
  const notes = others === 0 ? [] : [`${others} other files in ${folder} were not read`];
  if (images.length === 0) {
    const inner = entries.some((entry) => entry.isDirectory()) && !recursive;
    const hint = inner ? '; --recursive looks into its folders, too' : '';
    return { ...nothingAt(folder, `the folder holds no image${hint}`), notes };
  }
  const paths = images.map(({ parentPath, name }) => join(parentPath, name)).sort();
  return { files: paths.map((path) => ({ path })), notes };
}

function nothingAt(path: string, reason: string): Found {
  return { files: [{ path, error: new errors.GLIMPSE_FILE_UNREADABLE(reason) }], notes: [] };
}

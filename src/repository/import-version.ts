import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { explainDisk } from '../disk-errors.ts';
import { errors, isGlimpseError } from '../errors.ts';
import { isRecord } from '../json.ts';
import { jsonBytes } from './json-bytes.ts';
import { maxManifestBytes, parseManifest } from './manifest-check.ts';
import type { Manifest } from './manifest.ts';
import { checkName, manifestFile } from './names.ts';
import { isAbsent } from './stores/disk/disk-read.ts';
import { checkSizes } from './verified-folder.ts';

/** A folder with a manifest in it, which is a version wherever it lies. */
export interface FoundVersion {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** How far below a folder a version may lie: `<model>/<version>/`, as a repository has it. */
const levels = 2;

/**
 * The versions in a folder: itself, or what lies one or two levels below it. GLIMPSE_MANIFEST_INVALID for one whose
 * manifest cannot be read.
 */
export async function findVersions(folder: string, left = levels): Promise<FoundVersion[]> {
  const manifest = await readManifest(folder);
  if (manifest) return [{ folder, manifest }];
  if (left === 0) return [];
  const found: FoundVersion[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name.startsWith('.') || !entry.isDirectory()) continue;
    found.push(...(await findVersions(join(folder, entry.name), left - 1)));
  }
  return found;
}

/** The manifest in a folder, whichever model and version it is of; undefined when there is none. */
async function readManifest(folder: string): Promise<Manifest | undefined> {
  const file = join(folder, manifestFile);
  const size = await stat(file).then(
    (found) => found.size,
    () => undefined,
  );
  if (size === undefined) return undefined;
  if (size > maxManifestBytes)
    throw new errors.GLIMPSE_OBJECT_TOO_LARGE(manifestFile, size, maxManifestBytes);
  const bytes = await readFile(file);
  return parseManifest(bytes, ...namedIn(bytes));
}

/** The model and version that a manifest says it is of; the check says what is wrong with one that does not. */
function namedIn(bytes: Buffer): [string, number] {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (isRecord(value)) return [String(value['model']), Number(value['version'])];
  } catch {
    // The check refuses it, and says so better.
  }
  return ['', 0];
}

/**
 * Copies a version into a repository of this machine as `<root>/<model>/<version>/`, under whatever name. It is there
 * whole or not at all; its bytes are checked against its manifest when it is loaded, like those of every version.
 */
export async function importVersion(
  { folder, manifest }: FoundVersion,
  root: string,
  { model, version }: Pick<Manifest, 'model' | 'version'>,
  maxBytes: number,
): Promise<void> {
  checkName('model name', model);
  checkSizes(manifest.files, maxBytes, `${model}/${version}`);
  // The store does not see what begins with a dot.
  const unfinished = join(root, `.importing-${randomUUID()}`);
  try {
    for (const { path } of manifest.files) {
      const to = join(unfinished, ...path.split('/'));
      await mkdir(dirname(to), { recursive: true });
      await copyFile(join(folder, ...path.split('/')), to, constants.COPYFILE_FICLONE).catch(
        (error: unknown) => {
          if (!isAbsent(error)) throw error;
          throw new errors.GLIMPSE_FILE_MISSING(`${model}/${version}/${path}`);
        },
      );
    }
    await writeFile(join(unfinished, manifestFile), jsonBytes({ ...manifest, model, version }));
    await mkdir(join(root, model), { recursive: true });
    await rename(unfinished, join(root, model, String(version)));
  } catch (error) {
    if (isGlimpseError(error)) throw error;
    throw explainDisk(error, 'GLIMPSE_DATA_DIR');
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

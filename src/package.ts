import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRecord } from './json.ts';

/** The folder with package.json: this file lies one below it, as source and compiled. */
export const packageRoot = join(fileURLToPath(import.meta.url), '..', '..');

/** The nets that come with the program to be learnt on top of. */
export const backbonesDir = join(packageRoot, 'backbones');

/** As in package.json. */
export const packageVersion = readVersion(join(packageRoot, 'package.json'));

/** The version of a package that is installed; "unknown" where it is not. */
export function versionOfPackage(name: string): string {
  try {
    return readVersion(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    return 'unknown';
  }
}

function readVersion(file: string): string {
  const text = readFileSync(file, 'utf8');
  const value: unknown = JSON.parse(text);
  return isRecord(value) && 'version' in value ? String(value['version']) : 'unknown';
}

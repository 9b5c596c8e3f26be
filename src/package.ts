import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRecord } from './json.ts';

/** The folder with package.json: this file lies one below it, as source and compiled. */
export const packageRoot = join(fileURLToPath(import.meta.url), '..', '..');

/** As in package.json. */
export const packageVersion = readVersion();

function readVersion(): string {
  const text = readFileSync(join(packageRoot, 'package.json'), 'utf8');
  const value: unknown = JSON.parse(text);
  return isRecord(value) && 'version' in value ? String(value['version']) : 'unknown';
}

import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { entryBeside, type Entry } from '../../src/entry.ts';

const root = join(import.meta.dirname, '..', '..');

/** Where the compiled programs lie. They are made anew before a test run when the sources are newer. */
export const compiled = (
  name: 'cli' | 'main' | 'healthcheck' | 'lambda' | 'trainer-process',
): string => join(root, 'dist', `${name}.js`);

/** The training process as the compiled server starts it. */
export function compiledTrainer(): Entry {
  return entryBeside(pathToFileURL(compiled('main')).href, 'trainer-process');
}

/** A program of the tests, in JavaScript on the compiled sources: through tsx each would start half a second later. */
export function programOf(name: string): Entry {
  return { url: new URL(`${name}.mjs`, import.meta.url), execArgv: [] };
}

import module from 'node:module';
import { fileURLToPath } from 'node:url';

/** Beside what was built, so that a build that takes its place takes this away as well. */
const folder = new URL('../compiled', import.meta.url);

/**
 * Keeps what Node has compiled for the next start of any program of this build, from Node 22.1 on: to compile is then a tenth of a
 * start. A folder that cannot be written is read all the same, and one that is not there is no error.
 */
export function keepCompiledCode(): void {
  // Sources that are compiled as they are loaded have no place for it.
  if (import.meta.url.endsWith('.ts')) return;
  module.enableCompileCache?.(fileURLToPath(folder));
}

/** Writes down what was compiled so far: a process that is killed at its end would keep nothing. */
export function saveCompiledCode(): void {
  module.flushCompileCache?.();
}

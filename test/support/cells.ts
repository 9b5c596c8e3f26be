import { unsharedCellMemory } from '../../src/account.ts';
import type { CellOptions, DeathCause } from '../../src/runtime/cells/cell.ts';

/** Whoever trusts every version. */
export const trustingAll = { isTrusted: () => Promise.resolve(true) };

/** What cells of the tests may take, and what became of them. */
export function cellOptions(changes: Partial<CellOptions['limits']> = {}) {
  const deaths: { readonly cause: DeathCause; readonly reason: string }[] = [];
  const output: string[] = [];
  const options: CellOptions = {
    env: {},
    limits: { openMs: 60_000, batchMs: 60_000, memoryBytes: 2 ** 31, ...changes },
    memory: unsharedCellMemory,
    onDeath: (cause, reason) => deaths.push({ cause, reason }),
    onOutput: (line) => output.push(line),
  };
  return { ...options, deaths, output };
}

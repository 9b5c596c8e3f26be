import { readFileSync } from 'node:fs';

const tuning = new URL('../../../docs/tuning.md', import.meta.url);

/** The names of every setting of Glimpse, as docs/tuning.md lists them; a test of Glimpse compares that with the code. */
export function knownSettings(): ReadonlySet<string> {
  const listed = readFileSync(tuning, 'utf8').matchAll(/^- \*\*`(GLIMPSE_[A-Z0-9_]+)`\*\*/gm);
  return new Set([...listed].map(([, name]) => name!));
}

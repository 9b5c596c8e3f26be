import type { JsonLimits } from './json-scan.ts';
import { parseJson } from './json-text.ts';
import { readPacked } from './packed-json.ts';

export interface ReadJsonOptions {
  /** What the text may hold, so that it is not looked through before. */
  readonly limits: JsonLimits;
  /** Called before anything is made of the text that may become more than its numbers; throws for what may not be read. */
  readonly check: () => void;
  /** What is no JSON is refused in its words. */
  readonly parse?: (bytes: Uint8Array) => unknown;
}

/**
 * What `read` makes of a body of JSON, in which large lists of numbers are in one piece (`NumberList`). What it refuses is
 * read once more, as JSON.parse reads it, so that whatever is said of a body is said of that.
 */
export function readJson<Read>(
  bytes: Uint8Array,
  { limits, check, parse = parseJson }: ReadJsonOptions,
  read: (body: unknown) => Read,
): Read {
  const packed = readPacked(bytes, limits);
  if (packed !== undefined) {
    try {
      return read(packed);
    } catch {
      // Said below.
    }
  }
  check();
  return read(parse(bytes));
}

import { errors, withDetails } from '../errors.ts';

/**
 * What the bytes of a JSON file say; `refuse` is called when they are no JSON in UTF-8 or more than its readers
 * take. Writers ask it too, so that nothing is written that could not be read back.
 */
export function parseJsonBytes(
  bytes: Uint8Array,
  maxBytes: number,
  refuse: (reason: string, cause?: unknown) => never,
): unknown {
  if (bytes.length > maxBytes) {
    return refuse(`it has ${bytes.length} bytes; at most ${maxBytes} are read`);
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    return refuse('it is not JSON', error);
  }
}

/** Throws GLIMPSE_MANIFEST_INVALID for a file beside the versions, by its key and the reason. */
export function refusalAt(key: string): (reason: string, cause?: unknown) => never {
  return (reason, cause) => {
    throw withDetails(new errors.GLIMPSE_MANIFEST_INVALID(key, reason), { key }, cause);
  };
}

/** How every JSON file of a repository is written. */
export function jsonBytes(value: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}

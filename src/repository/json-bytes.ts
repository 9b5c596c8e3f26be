/** What the bytes of a JSON file say; `refuse` is called when they are no JSON in UTF-8. */
export function parseJsonBytes(
  bytes: Uint8Array,
  refuse: (reason: string, cause: unknown) => never,
): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    return refuse('it is not JSON', error);
  }
}

/** How every JSON file of a repository is written. */
export function jsonBytes(value: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}

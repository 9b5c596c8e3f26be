import type { ImageReference } from './image-reference.ts';

/** An encoded image that stands in a row of a table itself, or why none does. */
export function imageInRow(
  line: number,
  label: unknown,
  bytes: unknown,
  name = `row ${line}`,
): ImageReference {
  if (!(bytes instanceof Uint8Array)) return { line, name, problem: 'it holds no bytes' };
  const file = {
    name,
    size: bytes.length,
    read: async () => bytes,
    local: () => Promise.reject(new Error('an image in a row is no file: our bug')),
  };
  return { line, name, label, find: async () => file };
}

import { errors } from '../../errors.ts';
import { invalidRequest } from '../../schema.ts';
import type { JsonLimits } from '../json/json-scan.ts';

/** A body that is not what its protocol says, in the words of that protocol; `path` is where, as a JSON pointer. */
export function invalidBody(sentence: string, path = ''): Error {
  return invalidRequest('body', { sentence, path });
}

/** The type of a JSON value as refusals call it. */
export function jsonTypeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** Before anything is made of them: no request has more images than one of ours may have. */
export function checkCount(count: number, maxImages: number): void {
  if (count > maxImages) throw new errors.GLIMPSE_TOO_MANY_IMAGES(maxImages);
}

/** What a body of tensors and files holds at most: an object or two for each image, and lists as deep as a tensor may be. */
export function tensorLimits(maxImages: number): JsonLimits {
  return { depth: 12, objects: 4 + 3 * maxImages, arrays: Infinity, strings: 64 + 8 * maxImages };
}

import { jsonCounts, type BodyForm } from '../bodies/body-form.ts';
import type { JsonLimits } from '../json/json-scan.ts';
import { readJsonInstances } from './json-instances.ts';
import { readPixelLists } from './pixel-lists.ts';

/**
 * {"instances": [[rows of [columns of [channels]]]]} is as deep as it gets; texts are keys, base64 and data URLs. A few
 * more are let through, so that the refusal can name what was meant.
 */
export function jsonLimits(maxImages: number): JsonLimits {
  return { depth: 5, objects: 1 + maxImages, arrays: Infinity, strings: 16 + 4 * maxImages };
}

/** A body of our own API. */
export const jsonForm: BodyForm<undefined> = {
  name: 'ours',
  counts: jsonCounts(jsonLimits),
  jsonBytes: (body) => body.length,
  read: (body, _head, maxImages, check) => ({
    instances:
      readPixelLists(body, maxImages) ??
      readJsonInstances(body, maxImages, { limits: jsonLimits(maxImages), check }),
    asked: undefined,
  }),
};

import { errors } from '../../errors.ts';

/**
 * The etag of a model's labels in HTTP. Stores have etags of many forms (S3 quotes them, others do
 * not), so the etag of the store is encoded as one opaque quoted text, and decoded again.
 */
export function wrapEtag(etag: string): string {
  return `"${Buffer.from(etag).toString('base64url')}"`;
}

/** The store's etag named by an If-Match header; undefined when the change is wanted whatever it is. */
export function unwrapIfMatch(header: string | undefined): string | undefined {
  if (header === undefined || header.trim() === '*') return undefined;
  const found = /^"([A-Za-z0-9_-]+)"$/.exec(header.trim());
  if (found) return Buffer.from(found[1]!, 'base64url').toString();
  throw new errors.GLIMPSE_BAD_REQUEST('if-match takes one etag as it was answered, or "*".');
}

import { etagOf, type Bucket } from './s3/objects.ts';

/** Puts an object where the server keeps them, for tests of what reads it: many calls would take long. */
export function putObject(objects: Bucket, key: string, content: string | Uint8Array): void {
  const body = Buffer.from(content);
  const about = { modified: new Date(), checksums: {}, contentType: undefined };
  objects.set(key, { body, etag: etagOf(body), ...about });
}

import type { ErrorFamily } from './family.ts';

/** What is wrong with what lies in a store. */
// prettier-ignore
export const repositoryErrors = {
  GLIMPSE_MANIFEST_INVALID: [422, 'The manifest of %s is not valid: %s'],
  GLIMPSE_CHECKSUM_MISMATCH: [422, 'The bytes of %s are not those its manifest names.'],
  GLIMPSE_FILE_MISSING: [422, '%s is named in the manifest but is not in the store.'],
  GLIMPSE_OBJECT_TOO_LARGE: [422, '%s has %s bytes; at most %s are read.'],
  GLIMPSE_STORE_KEY_INVALID: [400, 'The key "%s" is not usable in a store.'],
  GLIMPSE_STORE_UNAVAILABLE: [503, 'The store %s did not answer: %s'],
  GLIMPSE_STORE_NOT_CONDITIONAL: [503, 'The store %s does not enforce conditional writes, so two publishers could overwrite each other. Set GLIMPSE_S3_CONDITIONAL_WRITES=off only if there is a single writer.'],
  GLIMPSE_STORE_URI_INVALID: [400, '"%s" is neither a folder nor s3://bucket/prefix.'],
  GLIMPSE_PUBLISH_CONFLICT: [409, 'Another publisher kept taking the version numbers of "%s"; try again.'],
} as const satisfies ErrorFamily;

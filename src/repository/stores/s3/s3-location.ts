import type { S3Connection } from './s3-client.ts';

/** A bucket, a prefix in it, and the client: what every S3 call needs. */
export interface S3Location extends Pick<S3Connection, 'sdk' | 'client' | 'hasChecksums'> {
  readonly bucket: string;
  readonly maxAttempts: number;
  /** The full key in the bucket. */
  keyOf(key: string): string;
  /** Options of one call: the caller's signal, and time for a body of this size to be sent. */
  sending(
    signal: AbortSignal | undefined,
    bodyBytes?: number,
  ): { abortSignal?: AbortSignal; requestTimeout?: number };
}

/** A slower line than this counts as dead: a body gets this much time on top of the request timeout. */
const slowestBytesPerMs = 64;

export function locationIn(
  { sdk, client, hasChecksums }: S3Connection,
  location: { bucket: string; prefix: string; maxAttempts: number; requestTimeoutMs: number },
): S3Location {
  const { bucket, prefix, maxAttempts, requestTimeoutMs } = location;
  return {
    sdk,
    client,
    hasChecksums,
    bucket,
    maxAttempts,
    keyOf: (key) => (prefix === '' ? key : `${prefix}/${key}`),
    sending: (signal, bodyBytes = 0) => ({
      ...(signal === undefined ? {} : { abortSignal: signal }),
      requestTimeout: requestTimeoutMs + Math.ceil(bodyBytes / slowestBytesPerMs),
    }),
  };
}

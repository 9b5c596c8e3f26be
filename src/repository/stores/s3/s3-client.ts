import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { isRecord } from '../../../json.ts';

/** How to reach S3, or a server that speaks like it. Credentials are the SDK's own business. */
export interface S3Options {
  /** Another S3-compatible server; empty means AWS. */
  readonly endpoint: string;
  /** Empty: the usual AWS settings, and us-east-1 when they say nothing and an endpoint is set. */
  readonly region: string;
  /** Bucket in the path instead of the host name; auto: with an endpoint. */
  readonly forcePathStyle: 'auto' | 'on' | 'off';
  /** Checksums on uploads; auto: always on AWS, with an endpoint only where they are required. */
  readonly checksums: 'auto' | 'always' | 'required';
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly socketTimeoutMs: number;
  readonly maxAttempts: number;
}

export interface S3Connection {
  readonly sdk: typeof import('@aws-sdk/client-s3');
  readonly client: S3Client;
  /** Whether uploads carry checksums. */
  readonly hasChecksums: boolean;
  clockSkewMs(): number | undefined;
}

/** Loads the SDK (which takes a while, so only those who use S3 pay for it) and sets up one client. */
export async function connectS3(options: S3Options): Promise<S3Connection> {
  const [sdk, { NodeHttpHandler }] = await Promise.all([
    import('@aws-sdk/client-s3'),
    import('@smithy/node-http-handler'),
  ]);
  const isAws = options.endpoint === '';
  const always = options.checksums === 'always' || (options.checksums === 'auto' && isAws);
  const checksums = always ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED';
  const settings: S3ClientConfig = {
    ...(isAws ? {} : { endpoint: options.endpoint }),
    forcePathStyle: options.forcePathStyle === 'auto' ? !isAws : options.forcePathStyle === 'on',
    requestChecksumCalculation: checksums,
    responseChecksumValidation: checksums,
    maxAttempts: options.maxAttempts,
    retryMode: 'standard',
    // Others than AWS may never answer "Expect: 100-continue", and the body would wait for it.
    ...(isAws ? {} : { expectContinueHeader: false }),
    // Each of the three covers what the others do not: no connection, no response, a body that stalls.
    requestHandler: new NodeHttpHandler({
      connectionTimeout: options.connectTimeoutMs,
      requestTimeout: options.requestTimeoutMs,
      throwOnRequestTimeout: true,
      socketTimeout: options.socketTimeoutMs,
    }),
  };
  const region = options.region || (await defaultRegion(sdk, isAws));
  const client = new sdk.S3Client(region === undefined ? settings : { ...settings, region });
  return { sdk, client, hasChecksums: always, clockSkewMs: watchClock(client) };
}

/** A bare server has no region, but a signature needs one: us-east-1 unless AWS settings name another. */
async function defaultRegion(
  sdk: S3Connection['sdk'],
  isAws: boolean,
): Promise<string | undefined> {
  if (isAws) return undefined;
  const probe = new sdk.S3Client({});
  try {
    return await probe.config.region();
  } catch {
    return 'us-east-1';
  } finally {
    probe.destroy();
  }
}

/** Compares the Date of every response with our clock: signatures fail when they are too far apart. */
function watchClock(client: S3Client): () => number | undefined {
  let skewMs: number | undefined;
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const date = dateOf(result.response);
      if (date !== undefined) skewMs = date - Date.now();
      return result;
    },
    // After the last deserialiser has been entered, so that refusals pass by here too.
    { step: 'deserialize', priority: 'low', name: 'glimpseClock' },
  );
  return () => skewMs;
}

function dateOf(response: unknown): number | undefined {
  const headers = isRecord(response) ? response['headers'] : undefined;
  const header = isRecord(headers) ? headers['date'] : undefined;
  const date = typeof header === 'string' ? Date.parse(header) : Number.NaN;
  return Number.isNaN(date) ? undefined : date;
}

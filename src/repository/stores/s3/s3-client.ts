import { Readable } from 'node:stream';
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
  /** Is told of every call, and then what became of it. */
  readonly onCall?: OnS3Call | undefined;
}

/** The operation is named as AWS names it. */
export type OnS3Call = (
  operation: string,
  bucket: string,
) => (outcome: { readonly status?: number; readonly error?: string }) => void;

export interface S3Connection {
  readonly sdk: typeof import('@aws-sdk/client-s3');
  readonly client: S3Client;
  /** Whether uploads carry checksums. */
  readonly hasChecksums: boolean;
  clockSkewMs(): number | undefined;
}

/** GLIMPSE_S3_ENDPOINT is no address: known before anything is sent. */
function checkEndpoint(endpoint: string): void {
  if (endpoint === '' || (/^https?:\/\/[^/]/i.test(endpoint) && URL.canParse(endpoint))) return;
  const hint = /^[a-z][a-z0-9+.-]*:\/\//i.test(endpoint) ? '' : `, as in http://${endpoint}`;
  throw new Error(
    `GLIMPSE_S3_ENDPOINT=${endpoint} is no address: it begins with http:// or https://${hint}`,
  );
}

/** Loads the SDK (which takes a while, so only those who use S3 pay for it) and sets up one client. */
export async function connectS3(options: S3Options): Promise<S3Connection> {
  checkEndpoint(options.endpoint);
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
  // Files with credentials are read anew by a new client: they may have been replaced.
  const reading = { ignoreCache: true };
  const client = new sdk.S3Client({ ...settings, ...reading, ...(region && { region }) });
  refusePages(client, options.endpoint);
  if (options.onCall) tellOfCalls(client, options.onCall);
  return { sdk, client, hasChecksums: always, clockSkewMs: watchClock(client) };
}

/**
 * Refuses a page for people where an answer of S3 is expected: of a listing it would be taken for an empty bucket.
 * An object may be a page, too; S3 then says more about it in headers of its own.
 */
function refusePages(client: S3Client, endpoint: string): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers, statusCode } = responseOf(result.response);
      // Of an answer without a body some servers say that it is a page.
      const isEmpty = headers['content-length'] === '0' || statusCode === 204 || statusCode === 304;
      const isPage = /^text\/html\b/i.test(headers['content-type'] ?? '') && !isEmpty;
      if (!isPage || Object.keys(headers).some((name) => name.startsWith('x-amz'))) return result;
      destroyBody(result.response);
      throw Object.assign(new Error(pageReason(endpoint, statusCode)), {
        name: 'NotS3',
        // A server that fails is asked again; any other status would be taken for what S3 means by it.
        ...(statusCode !== undefined &&
          statusCode >= 500 && { $metadata: { httpStatusCode: statusCode } }),
      });
    },
    { step: 'deserialize', priority: 'low', name: 'glimpsePages' },
  );
}

/** Gives the connection of a response back whose body nobody reads. */
function destroyBody(response: unknown): void {
  const body = isRecord(response) ? response['body'] : undefined;
  if (body instanceof Readable) body.destroy();
}

function pageReason(endpoint: string, status: number | undefined): string {
  const where = endpoint === '' ? 'the endpoint' : `GLIMPSE_S3_ENDPOINT=${endpoint}`;
  return `${where} answers with a page (${status}, text/html) and not as S3 does: is it the console of the store, or a proxy in front of it?`;
}

/** The head of a response as the SDK has it between its layers. */
function responseOf(response: unknown): {
  readonly headers: Readonly<Record<string, string>>;
  readonly statusCode: number | undefined;
} {
  const fields = isRecord(response) ? response : {};
  const headers = isRecord(fields['headers']) ? Object.entries(fields['headers']) : [];
  const texts = headers.flatMap(([name, value]) =>
    typeof value === 'string' ? [[name.toLowerCase(), value] as const] : [],
  );
  const { statusCode } = fields;
  return {
    headers: Object.fromEntries(texts),
    statusCode: typeof statusCode === 'number' ? statusCode : undefined,
  };
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
  const header = responseOf(response).headers['date'];
  const date = header === undefined ? Number.NaN : Date.parse(header);
  return Number.isNaN(date) ? undefined : date;
}

/** Attempts that the SDK repeats are one call. */
function tellOfCalls(client: S3Client, onCall: OnS3Call): void {
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        const { input } = args;
        const bucket = 'Bucket' in input && typeof input.Bucket === 'string' ? input.Bucket : '';
        const end = onCall(commandName.replace(/Command$/, ''), bucket);
        try {
          const result = await next(args);
          const { httpStatusCode: status } = result.output.$metadata;
          end(status === undefined ? {} : { status });
          return result;
        } catch (error) {
          end({ error: error instanceof Error ? error.name : 'unknown' });
          throw error;
        }
      },
    { step: 'initialize', name: 'tellOfCalls' },
  );
}

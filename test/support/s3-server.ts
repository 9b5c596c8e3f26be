import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { registerSecret } from './recorded-logs.ts';
import { readBody } from './s3/body.ts';
import { Refusal, type S3Answer } from './s3/exchange.ts';
import { Faults, send, type Effect, type Fault } from './s3/faults.ts';
import type { Bucket } from './s3/objects.ts';
import { perform, recognise, type Account } from './s3/operations.ts';
import { verifySignature, type Credentials } from './s3/signature.ts';
import { errorXml } from './s3/xml.ts';

/**
 * An S3 server for tests, at least as strict as S3: it verifies signatures, decodes aws-chunked
 * bodies, believes no checksum unseen, and answers 501 to everything it does not know, so that a
 * client cannot rely on something only this server lets through. Faults happen on demand.
 */
export interface S3Server {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly credentials: Credentials;
  /** Other credentials from now on: those before are not known any more. */
  rotate(): Credentials;
  /** As the AWS SDK reads them from the environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly account: Account;
  /** The objects of `bucket`, to look at and to spoil. */
  readonly objects: Bucket;
  /** Every call so far, oldest first; empty it when it gets in the way. */
  readonly log: LoggedCall[];
  fault(fault: Fault): void;
  clearFaults(): void;
  close(): Promise<void>;
}

export interface LoggedCall {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  /** 0 when the connection was broken instead of an answer. */
  status: number;
}

export async function startS3Server(
  options: { bucket?: string; region?: string; sessionToken?: string; skewMs?: number } = {},
): Promise<S3Server> {
  const { bucket = 'models', region = 'us-east-1', sessionToken, skewMs = 0 } = options;
  const credentials = newCredentials(sessionToken);
  const objects: Bucket = new Map();
  const account: Account = {
    buckets: new Map([[bucket, objects]]),
    uploads: new Map([[bucket, new Map()]]),
    pageSize: 1_000,
    conditions: 'enforced',
    mayList: true,
    mayWrite: true,
    mayDelete: true,
  };
  const faults = new Faults();
  const log: LoggedCall[] = [];
  const context: Context = { account, credentials, region, skewMs };
  const server = createServer((request, response) => {
    void answerCall(request, response, context, faults, log);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${portOf(server)}`,
    region,
    bucket,
    credentials,
    env: {
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      ...(sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: sessionToken }),
    },
    rotate: () => (context.credentials = newCredentials()),
    account,
    objects,
    log,
    fault: (fault) => faults.add(fault),
    clearFaults: () => faults.clear(),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function newCredentials(sessionToken?: string): Credentials {
  const secretAccessKey = randomBytes(20).toString('hex');
  registerSecret(secretAccessKey);
  return {
    accessKeyId: `AK${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
  };
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

const page = { 'content-type': 'text/html; charset=utf-8' };

interface Context {
  readonly account: Account;
  credentials: Credentials;
  readonly region: string;
  readonly skewMs: number;
}

async function answerCall(
  request: IncomingMessage,
  response: ServerResponse,
  context: Context,
  faults: Faults,
  log: LoggedCall[],
): Promise<void> {
  const { method = '', url = '', headers } = request;
  const call: LoggedCall = { method, url, headers, status: 0 };
  log.push(call);
  const effect = faults.take(method, url);
  if (effect?.kind === 'reset') return void response.destroy();
  const answer = await answerTo(request, context, effect);
  if (effect?.kind !== 'loseAnswer') call.status = answer.status;
  if (effect?.kind !== 'page') {
    response.setHeader('x-amz-request-id', randomBytes(8).toString('hex'));
  }
  response.setHeader('date', new Date(Date.now() + context.skewMs).toUTCString());
  await send(response, method === 'HEAD' ? withoutBody(answer) : answer, effect);
}

async function answerTo(
  incoming: IncomingMessage,
  { account, credentials, region, skewMs }: Context,
  effect: Effect | undefined,
): Promise<S3Answer> {
  const { method = '', url = '', headers } = incoming;
  try {
    if (effect?.kind === 'page') {
      return { status: effect.status, headers: page, body: effect.body ?? '<html>' };
    }
    if (effect?.kind === 'refuse') {
      throw new Refusal(effect.status, effect.code, effect.code, effect);
    }
    const [rawPath = '', ...rest] = url.split('?');
    const rawQuery = rest.join('?');
    const signed = verifySignature(
      { method, rawPath, rawQuery, headers },
      credentials,
      region,
      Date.now() + skewMs,
    );
    const address = { method, ...placeOf(rawPath), query: queryOf(rawQuery), headers };
    const operation = recognise(address);
    const { body, checksums } = await readBody(incoming, signed);
    if (effect?.kind === 'errorInSuccess') return { status: 200 };
    return perform(account, operation, { ...address, body, checksums });
  } catch (error) {
    return refusalAnswer(error);
  }
}

function refusalAnswer(error: unknown): S3Answer {
  const refusal =
    error instanceof Refusal ? error : new Refusal(500, 'InternalError', String(error));
  const { headers, fields } = refusal.more;
  const id = randomBytes(8).toString('hex');
  const body = errorXml(refusal.code, refusal.message, id, fields);
  const type = { 'content-type': 'application/xml' };
  return { status: refusal.status, headers: { ...type, ...headers }, body };
}

/** A HEAD says nothing but its head, and its errors do not even say their name. */
function withoutBody(answer: S3Answer): S3Answer {
  return answer.status < 300
    ? {
        ...answer,
        headers: {
          ...answer.headers,
          'content-length': String(Buffer.from(answer.body ?? '').length),
        },
        body: '',
      }
    : { status: answer.status, headers: answer.headers ?? {} };
}

function placeOf(rawPath: string): { bucket: string; key: string } {
  const [, bucket = '', ...key] = rawPath.split('/').map((part) => decodeURIComponent(part));
  return { bucket, key: key.join('/') };
}

function queryOf(rawQuery: string): Map<string, string> {
  const query = new Map<string, string>();
  for (const pair of rawQuery === '' ? [] : rawQuery.split('&')) {
    const [name = '', ...value] = pair.split('=').map((part) => decodeURIComponent(part));
    query.set(name, value.join('='));
  }
  return query;
}

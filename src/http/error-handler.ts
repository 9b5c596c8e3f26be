import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { readCredentials } from '../access/credentials.ts';
import { explainDisk, isDiskFull } from '../disk-errors.ts';
import {
  errorCatalogue,
  errors,
  isGlimpseError,
  withDetails,
  type ErrorCode,
  type GlimpseError,
} from '../errors.ts';
import { isRecord } from '../json.ts';
import { hasLeft } from './client-left.ts';
import { noteRefusal } from './refusal-log.ts';

/** The body of every error response. */
export interface ErrorResponse {
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly details?: Record<string, unknown>;
  };
  readonly requestId: string;
}

/** How errors are told where another API is spoken. */
export interface ErrorShape {
  /** The schema of its bodies in the contract. */
  readonly schemaId: string;
  /** The status that it has there. */
  statusOf(error: GlimpseError): number;
  /** Its body, of what the client may know. */
  bodyOf(error: ErrorResponse['error'], status: number): unknown;
}

/** Which one a request gets; undefined for that of this server. */
export type ShapeOf = (request: FastifyRequest) => ErrorShape | undefined;

/** Seconds after which trying again makes sense, for the statuses that say "not now". */
const retryAfterSeconds: Partial<Record<number, number>> = { 429: 1, 503: 2 };
const slowRetryAfterSeconds: Partial<Record<ErrorCode, number>> = {
  GLIMPSE_TRAINING_QUEUE_FULL: 30,
};

export interface ErrorHandling {
  readonly onErrorResponse: (code: ErrorCode) => void;
  readonly shapeOf: ShapeOf;
}

/** Installs the one place where an error becomes an HTTP response. */
export function installErrorHandler(app: FastifyInstance, handling: ErrorHandling): void {
  app.setErrorHandler((error, request, reply) => sendError(error, request, reply, handling));
}

/** Responds with what the caller may know, and logs what only the operator may know. */
export function sendError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { onErrorResponse, shapeOf }: ErrorHandling,
): FastifyReply {
  const known = hasLeft(reply)
    ? new errors.GLIMPSE_CLIENT_CLOSED()
    : toGlimpseError(error, request);
  onErrorResponse(known.code);
  if (isServerFault(known)) {
    request.log.error({ err: error, code: known.code }, 'request failed');
  } else {
    noteRefusal(request, known);
  }
  const wait = retryAfterOf(known);
  if (wait !== undefined) void reply.header('retry-after', wait);
  const shape = shapeOf(request);
  if (shape) void reply.header('glimpse-error-code', known.code);
  const status = shape?.statusOf(known) ?? known.statusCode;
  if (status === 401) void reply.header('www-authenticate', challenge(request));
  return reply
    .code(status)
    .header('x-request-id', request.id)
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(shape ? shape.bodyOf(publicError(known), status) : errorResponse(known, request.id));
}

/**
 * How to say who is calling (RFC 6750): keys and tokens are bearer tokens. Of one that was sent and is not taken it says so; X-Api-Key,
 * which takes the same keys, has no word among the schemes of HTTP.
 */
function challenge({ headers }: FastifyRequest): string {
  const { authorization, 'x-api-key': apiKey } = headers;
  const { kind } = readCredentials({ authorization, apiKey });
  return `Bearer realm="glimpse"${kind === 'none' ? '' : ', error="invalid_token"'}`;
}

/** Whether an operator has to act: not for servers that are not ready or shut down, nor for deadlines of clients or for what is not offered. */
function isServerFault({ code, statusCode }: GlimpseError): boolean {
  if (code === 'GLIMPSE_DEADLINE_EXCEEDED' || code === 'GLIMPSE_NOT_OFFERED') return false;
  return code === 'GLIMPSE_DISK_FULL' || (statusCode >= 500 && statusCode !== 503);
}

/** The time that the error itself names; else a default by code or status. */
function retryAfterOf({ code, statusCode, details }: GlimpseError): number | undefined {
  const otherwise = slowRetryAfterSeconds[code] ?? retryAfterSeconds[statusCode];
  const known = details?.['retryAfterMs'];
  if (otherwise === undefined || typeof known !== 'number') return otherwise;
  return Math.max(1, Math.ceil(known / 1000));
}

export function errorResponse(error: GlimpseError, requestId: string): ErrorResponse {
  return { error: publicError(error), requestId };
}

/** Code, sentence and details of an error for the client; an internal error says only where to look. */
function publicError(error: GlimpseError): ErrorResponse['error'] {
  const { code, message, details } = error;
  if (error.statusCode === 500) {
    const [, sentence] = errorCatalogue[code];
    return { code, message: sentence.replaceAll('%s', 'see the log of this request id') };
  }
  return details === undefined ? { code, message } : { code, message, details };
}

/** Translates Fastify's own refusals; any other error that is not ours is an internal one. */
function toGlimpseError(error: unknown, request?: FastifyRequest): GlimpseError {
  if (isGlimpseError(error)) return error;
  if (isDiskFull(error)) return toGlimpseError(explainDisk(error, 'this server'));
  if (!(error instanceof Error) || !('code' in error)) return internal(error);
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new errors.GLIMPSE_BODY_TOO_LARGE(
        request?.routeOptions.bodyLimit ?? 0,
        'this call takes no more',
      );
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return withDetails(
        new errors.GLIMPSE_UNSUPPORTED_MEDIA_TYPE(request?.headers['content-type'] ?? 'none'),
        { accepted: acceptedTypes(request) },
      );
    default:
      return isFastifyRefusal(error)
        ? new errors.GLIMPSE_BAD_REQUEST(error.message)
        : internal(error);
  }
}

/** The content types that the contract of a call names. */
function acceptedTypes(request: FastifyRequest | undefined): string[] {
  const body: unknown = request?.routeOptions.schema?.body;
  const content = isRecord(body) ? body['content'] : undefined;
  return isRecord(content) ? Object.keys(content) : ['application/json'];
}

function internal(cause: unknown): GlimpseError {
  return withDetails(new errors.GLIMPSE_INTERNAL(), {}, cause);
}

/** Fastify's 4xx errors carry fixed sentences of its own, safe to pass on. */
function isFastifyRefusal(error: Error): boolean {
  return (
    'code' in error &&
    String(error.code).startsWith('FST_') &&
    'statusCode' in error &&
    Number(error.statusCode) >= 400 &&
    Number(error.statusCode) < 500
  );
}

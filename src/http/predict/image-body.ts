import type { IncomingMessage } from 'node:http';
import { errors, withDetails } from '../../errors.ts';
import { imageOrName, pack, type Instance } from '../../serving/prepare-instances.ts';
import { boundaryOf, parseMultipart } from '../multipart.ts';
import { takeCrowded } from '../connections/reading-turns.ts';
import { receiveBody, type ReceiveOptions } from '../receive-body.ts';
import type { Arrival } from '../../admission/arrivals.ts';
import type { EventLoopTurns } from '../../admission/event-loop-turns.ts';
import { largeJsonBytes } from '../bodies/body-reader.ts';
import { jsonForm } from './json-form.ts';
import type { JsonParser } from './json-parser.ts';
import type { RequestAccount } from '../../admission/ledger.ts';
import type { Cancellation } from '../../cancellation.ts';
import { refuseUnknownFields } from './unknown-fields.ts';

export interface ImageBodyLimits {
  readonly maxBodyBytes: number;
  readonly maxImages: number;
}

/** The content types of a predict call, for refusals and for the contract. */
const acceptedTypes = [
  'multipart/form-data',
  'image/*',
  'application/octet-stream',
  'application/json',
] as const;

/** How many fields of text a form may have beside its files; one of them is named in the refusal. */
const maxTextParts = 100;

/** What a body is read with besides its limits. */
export interface BodyContext {
  readonly cancellation: Cancellation;
  readonly account: RequestAccount;
  readonly json: JsonParser;
  /** Has let it in by what its head says, and is told how it goes on. */
  readonly arrival: Arrival;
  readonly turns: EventLoopTurns;
}

/** Any accepted body of a predict call as 1..N instances, never more bytes or images than allowed. */
export function readImageBody(
  message: IncomingMessage,
  limits: ImageBodyLimits,
  context: BodyContext,
): readonly Instance[] | Promise<readonly Instance[]> {
  const reader = readerFor(message.headers['content-type'] ?? '', limits.maxImages, context);
  const body = receiveInTurn(message, limits, context, { watch: reader.watch });
  const instances = body instanceof Promise ? body.then(reader.read) : reader.read(body);
  return instances instanceof Promise
    ? instances.then((all) => counted(all, context))
    : counted(instances, context);
}

function counted(instances: readonly Instance[], { arrival }: BodyContext): readonly Instance[] {
  arrival.read(instances.length);
  if (instances.length === 0) throw new errors.GLIMPSE_NO_IMAGE();
  return instances;
}

/** The whole body of a call, when it is its turn to be read. */
export function receiveInTurn(
  message: IncomingMessage,
  { maxBodyBytes }: Pick<ImageBodyLimits, 'maxBodyBytes'>,
  context: BodyContext,
  how: Pick<ReceiveOptions, 'watch' | 'numbersFrom'> = {},
): Buffer | Promise<Buffer> {
  const { arrival, account, cancellation } = context;
  const body = receiveBody(message, {
    maxBytes: maxBodyBytes,
    knob: 'GLIMPSE_BODY_LIMIT_BYTES',
    cancellation,
    account,
    onGrow: (bytes) => arrival.grow(bytes),
    ...how,
  });
  return body instanceof Promise
    ? body.then((whole) => inTurn(message, whole, context))
    : inTurn(message, body, context);
}

function inTurn(
  message: IncomingMessage,
  body: Buffer,
  { arrival, account, cancellation, turns }: BodyContext,
): Buffer | Promise<Buffer> {
  arrival.here(body.length);
  const turn = turns.take(account.flow, body.length, cancellation);
  if (!turn) return body;
  takeCrowded(message, 'waiting');
  const from = performance.now();
  return turn.then(() => {
    account.waited(performance.now() - from);
    arrival.here(body.length);
    return body;
  });
}

interface Reader {
  readonly read: (body: Buffer) => readonly Instance[] | Promise<readonly Instance[]>;
  readonly watch?: ReceiveOptions['watch'];
}

/** Decides by the content type, before a byte of the body is read. */
function readerFor(contentType: string, maxImages: number, context: BodyContext): Reader {
  const mediaType = mediaTypeOf(contentType);
  if (mediaType === 'multipart/form-data') {
    const boundary = boundaryOf(contentType);
    return { read: (body) => readFiles(body, boundary, maxImages) };
  }
  if (mediaType === 'application/json' || mediaType.endsWith('+json')) {
    return jsonReader(maxImages, context);
  }
  if (mediaType.startsWith('image/')) return { read: readImage };
  if (genericTypes.has(mediaType)) return { read: (body) => readUntyped(body, mediaType) };
  throw unsupported(mediaType);
}

/** The type without its parameters. */
export function mediaTypeOf(contentType: string): string {
  return contentType.split(';', 1)[0]!.trim().toLowerCase();
}

/** A large body is looked through while it comes in, and read where it delays nobody. */
function jsonReader(maxImages: number, { json, account, cancellation }: BodyContext): Reader {
  return {
    watch: { from: largeJsonBytes, onChunk: json.watch(maxImages) },
    read: (body) =>
      body.length > largeJsonBytes
        ? json.read(body, maxImages, { account, signal: cancellation })
        : // While they wait, pixels are numbers in one piece, and not lists that a collector has to walk through.
          jsonForm.read(body, {}, maxImages, passes).instances.map(pack),
  };
}

/** A body that is not large is read whatever it becomes. */
const passes = (): void => {};

const urlEncodedForm = 'application/x-www-form-urlencoded';
/** Types that clients put before bytes of any kind; curl puts the last one before those of --data-binary. */
const genericTypes = new Set([
  '',
  'application/octet-stream',
  'binary/octet-stream',
  urlEncodedForm,
]);

/** The body decides, not its type: an image is accepted. What is no image is refused by name, here or by the decoder. */
function readUntyped(body: Buffer, mediaType: string): readonly Instance[] {
  const found = body.length === 0 ? '' : imageOrName(body);
  const isText = found === 'JSON' || found === 'form fields' || found === 'a multipart form';
  if (!isText && (found !== 'unknown' || mediaType !== urlEncodedForm)) return readImage(body);
  const advice = found === 'JSON' ? '; send JSON as application/json' : '';
  const holds = found === 'unknown' ? 'no image' : found;
  throw unsupported(`${mediaType || 'none'} that holds ${holds}${advice}`);
}

function readImage(body: Buffer): readonly Instance[] {
  return body.length === 0 ? [] : [{ kind: 'image', bytes: body }];
}

function readFiles(body: Buffer, boundary: string, maxImages: number): readonly Instance[] {
  const parts = parseMultipart(body, boundary, maxImages + maxTextParts);
  const fields = parts.filter(
    ({ isFile, body: bytes }) => !isFile && typeof imageOrName(bytes) === 'string',
  );
  // A browser sends an empty nameless file for a field in which nothing was chosen.
  const files = parts.filter(
    (part) => !fields.includes(part) && !(part.fileName === '' && part.body.length === 0),
  );
  if (files.length > maxImages) throw new errors.GLIMPSE_TOO_MANY_IMAGES(maxImages);
  if (files.length === 0 && fields.length > 0) {
    throw new errors.GLIMPSE_BAD_MULTIPART(
      'it holds text fields only; send files (curl -F image=@digit.png, with the @).',
    );
  }
  refuseUnknownFields(
    'form',
    Object.fromEntries(fields.map(({ name = '', body: bytes }) => [name, bytes])),
    [],
  );
  return files.map(({ body: bytes }) => ({ kind: 'image', bytes }));
}

function unsupported(type: string): Error {
  return withDetails(new errors.GLIMPSE_UNSUPPORTED_MEDIA_TYPE(type.slice(0, 200)), {
    accepted: acceptedTypes,
  });
}

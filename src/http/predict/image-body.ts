import type { IncomingMessage } from 'node:http';
import { errors, withDetails } from '../../errors.ts';
import { imageOrName, type Instance } from '../../serving/prepare-instances.ts';
import { readJsonInstances } from './json-instances.ts';
import { boundaryOf, parseMultipart } from '../multipart.ts';
import { receiveBody } from '../receive-body.ts';
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

/** Any accepted body of a predict call as 1..N instances, never more bytes or images than allowed. */
export async function readImageBody(
  message: IncomingMessage,
  limits: ImageBodyLimits,
  deadline: number,
): Promise<Instance[]> {
  const contentType = message.headers['content-type'] ?? '';
  const read = readerFor(contentType);
  const body = await receiveBody(message, {
    maxBytes: limits.maxBodyBytes,
    knob: 'GLIMPSE_BODY_LIMIT_BYTES',
    deadline,
  });
  const instances = read(body, limits.maxImages);
  if (instances.length === 0) throw new errors.GLIMPSE_NO_IMAGE();
  return instances;
}

type Reader = (body: Buffer, maxImages: number) => Instance[];

/** Decides by the content type, before a byte of the body is read. */
function readerFor(contentType: string): Reader {
  const mediaType = contentType.split(';', 1)[0]!.trim().toLowerCase();
  if (mediaType === 'multipart/form-data') {
    const boundary = boundaryOf(contentType);
    return (body, maxImages) => readFiles(body, boundary, maxImages);
  }
  if (mediaType === 'application/json' || mediaType.endsWith('+json')) {
    return (body, maxImages) => readJsonInstances(textOf(body), maxImages);
  }
  if (mediaType.startsWith('image/')) return readImage;
  if (genericTypes.has(mediaType)) return (body) => readUntyped(body, mediaType);
  throw unsupported(mediaType);
}

const urlEncodedForm = 'application/x-www-form-urlencoded';
/** Types that clients put before bytes of any kind; curl puts the last one before those of --data-binary. */
const genericTypes = new Set([
  '',
  'application/octet-stream',
  'binary/octet-stream',
  urlEncodedForm,
]);

/** The body decides, not its type: an image is accepted. What is no image is refused by name, here or by the decoder. */
function readUntyped(body: Buffer, mediaType: string): Instance[] {
  const found = body.length === 0 ? '' : imageOrName(body);
  const isText = found === 'JSON' || found === 'form fields' || found === 'a multipart form';
  if (!isText && (found !== 'unknown' || mediaType !== urlEncodedForm)) return readImage(body);
  const advice = found === 'JSON' ? '; send JSON as application/json' : '';
  const holds = found === 'unknown' ? 'no image' : found;
  throw unsupported(`${mediaType || 'none'} that holds ${holds}${advice}`);
}

function readImage(body: Buffer): Instance[] {
  return body.length === 0 ? [] : [{ kind: 'image', bytes: body }];
}

/** A byte order mark at its beginning is left out; what is not UTF-8 is not guessed. */
function textOf(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new errors.GLIMPSE_BAD_REQUEST('its JSON is not UTF-8.');
  }
}

function readFiles(body: Buffer, boundary: string, maxImages: number): Instance[] {
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

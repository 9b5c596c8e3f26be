import { errors } from '../errors.ts';

/**
 * Reads a multipart/form-data body that is already whole and bounded, where it lies: the parts are
 * views, nothing is copied. Uploads that must not be held in memory stream through
 * @fastify/multipart instead (see receive-form.ts).
 */
export interface Part {
  /** The form field; undefined when the part names none. */
  readonly name: string | undefined;
  /** Whether it was sent as a file: with a file name, or with a content type that is not text. */
  readonly isFile: boolean;
  readonly fileName: string | undefined;
  readonly body: Uint8Array;
}

const maxBoundaryLength = 70;
const maxPartHeaderBytes = 16 * 1024;

/** The boundary a multipart content type names. */
export function boundaryOf(contentType: string): string {
  const found = /;\s*boundary=(?:"([^"]+)"|([^\s;"]+))/i.exec(contentType);
  const boundary = found?.[1] ?? found?.[2];
  if (boundary === undefined) throw malformed('its content type names no boundary.');
  if (boundary.length > maxBoundaryLength) throw malformed('its boundary is too long.');
  return boundary;
}

/** The parts in order; throws GLIMPSE_BAD_MULTIPART for anything that is not whole. */
export function parseMultipart(body: Buffer, boundary: string, maxParts: number): Part[] {
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  const parts: Part[] = [];
  let cursor = startOf(body, delimiter);
  for (;;) {
    const line = afterDelimiter(body, cursor);
    if (line === 'end') return parts;
    if (parts.length >= maxParts) throw new errors.GLIMPSE_TOO_MANY_IMAGES(maxParts);
    const headEnd = body.indexOf('\r\n\r\n', line - 2, 'latin1');
    if (headEnd === -1 || headEnd - line > maxPartHeaderBytes) {
      throw malformed(`the headers of part ${parts.length} do not end.`);
    }
    const end = body.indexOf(delimiter, headEnd + 2);
    if (end === -1) throw malformed('it ends before its last boundary.');
    const headers = body.toString('utf8', line, Math.max(line, headEnd));
    parts.push(toPart(headers, body.subarray(Math.min(headEnd + 4, end), end), parts.length));
    cursor = end + delimiter.length;
  }
}

/** Where the text after the first delimiter begins; whatever stands before it is a preamble. */
function startOf(body: Buffer, delimiter: Buffer): number {
  const bare = delimiter.subarray(2);
  if (body.subarray(0, bare.length).equals(bare)) return bare.length;
  const at = body.indexOf(delimiter);
  if (at === -1) throw malformed('its boundary does not occur in the body.');
  return at + delimiter.length;
}

/** Behind a delimiter stands "--" (the end), or padding and a line break (another part). */
function afterDelimiter(body: Buffer, at: number): number | 'end' {
  if (body[at] === dash && body[at + 1] === dash) return 'end';
  let cursor = at;
  while (body[cursor] === space || body[cursor] === tab) cursor += 1;
  if (body[cursor] === carriageReturn && body[cursor + 1] === lineFeed) return cursor + 2;
  throw malformed(
    body.length <= cursor ? 'it ends before its last boundary.' : 'a boundary has no line end.',
  );
}

const [dash, space, tab, carriageReturn, lineFeed] = [0x2d, 0x20, 0x09, 0x0d, 0x0a];

function toPart(head: string, body: Uint8Array, index: number): Part {
  const { disposition = '', type = 'text/plain', encoding = 'binary' } = headersOf(head);
  if (!/^(binary|7bit|8bit)$/i.test(encoding)) {
    throw malformed(`part ${index} is encoded as ${encoding.slice(0, 40)}; send plain bytes.`);
  }
  const fileName =
    parameterOf(disposition, parameters.fileName) ??
    parameterOf(disposition, parameters.extendedFileName);
  return {
    name: parameterOf(disposition, parameters.name),
    fileName,
    isFile: fileName !== undefined || !/^(text\/|application\/json)/i.test(type),
    body,
  };
}

interface PartHeaders {
  disposition?: string;
  type?: string;
  encoding?: string;
}

/** Those that are looked at; of one that stands twice the first. */
function headersOf(head: string): PartHeaders {
  const headers: PartHeaders = {};
  for (const line of head.split('\r\n')) {
    const colon = line.indexOf(':');
    const value = line.slice(colon + 1).trim();
    switch (line.slice(0, colon).trim().toLowerCase()) {
      case 'content-disposition':
        headers.disposition ??= value;
        break;
      case 'content-type':
        headers.type ??= value;
        break;
      case 'content-transfer-encoding':
        headers.encoding ??= value;
        break;
    }
  }
  return headers;
}

/** The value of a parameter, in quotes or without. */
const parameters = {
  name: /;\s*name=(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/i,
  fileName: /;\s*filename=(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/i,
  extendedFileName: /;\s*filename\*=(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/i,
};

function parameterOf(disposition: string, parameter: RegExp): string | undefined {
  const found = parameter.exec(disposition);
  return found?.[1] ?? found?.[2];
}

function malformed(reason: string): Error {
  return new errors.GLIMPSE_BAD_MULTIPART(reason);
}

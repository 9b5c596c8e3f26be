import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FastifyRequest } from 'fastify';
import { explainDataDir } from '../../disk-errors.ts';
import { jsonProblemOf } from '../../json.ts';
import { errors, isGlimpseError } from '../../errors.ts';
import { invalidRequest, unknownField } from '../../schema.ts';
import type { UploadedFile } from '../../datasets/spec.ts';
import { checkSmallJson } from '../small-json.ts';
import { decodedBody } from '../content-encoding.ts';

export interface UploadLimits {
  /** Uploads are put into folders of their own below this one. */
  readonly folder: string;
  /** All files of one request together. */
  readonly maxBytes: number;
  /** The setting that says so. */
  readonly knob: string;
}

export interface ReceivedForm {
  /** The JSON of the part "request"; an empty object when there is none. */
  readonly request: unknown;
  readonly uploads: readonly UploadedFile[];
  /** Removes the uploaded files that the queue has not moved away. */
  discard(): Promise<void>;
}

const maxFiles = 8;
const maxRequestBytes = 1024 * 1024;
/** The part "request", and the boundaries and headers of the parts. */
const maxOverheadBytes = 5 * maxRequestBytes;

/**
 * A request for a job as a form: its fields as JSON in the part "request", its data as file parts, which
 * go to disk as they come in. Nothing of a refused form is left behind.
 */
export async function receiveForm(
  request: FastifyRequest,
  limits: UploadLimits,
): Promise<ReceivedForm> {
  const folder = join(limits.folder, randomUUID());
  const discard = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await mkdir(folder, { recursive: true });
    return { ...(await receiveParts(request, folder, limits)), discard };
  } catch (error) {
    // Where nothing can be written there is nothing to remove either; the first error is the one to report.
    await discard().catch(() => {});
    throw isGlimpseError(error) ? error : refusalOf(error);
  }
}

async function receiveParts(
  request: FastifyRequest,
  folder: string,
  { maxBytes, knob }: UploadLimits,
): Promise<Pick<ReceivedForm, 'request' | 'uploads'>> {
  const uploads: UploadedFile[] = [];
  const fields = new Map<string, unknown>();
  const byteLimit = createByteLimit(maxBytes, knob);
  const parts = decodedRequest(request, maxBytes, knob).parts({
    limits: { files: maxFiles, fields: 4, fileSize: Infinity, fieldSize: maxRequestBytes },
    isPartAFile,
  });
  for await (const part of parts) {
    if (part.type === 'file' && !isField(part)) {
      const file = join(folder, String(uploads.length));
      await pipeline(part.file, byteLimit(), createWriteStream(file, { flags: 'wx' }));
      uploads.push({ part: part.fieldname, name: part.filename, file });
    } else {
      const { fieldname } = part;
      const value = part.type === 'file' ? await textOf(part.file) : part.value;
      const isWhole = value !== undefined && !(part.type === 'field' && part.valueTruncated);
      if (fieldname !== 'request' || !isWhole) throw refusedField(fieldname);
      if (fields.has('request')) {
        throw new errors.GLIMPSE_BAD_MULTIPART('it has two parts "request".');
      }
      fields.set(fieldname, value);
    }
  }
  return { request: parseRequest(fields.get('request')), uploads };
}

const jsonType = /^application\/json\b/i;

/**
 * A part that says it is JSON counts as a file: of a field @fastify/multipart would parse the JSON itself, before
 * anybody has looked what it becomes.
 */
function isPartAFile(
  _name: string | undefined,
  type: string | undefined,
  fileName: string | undefined,
): boolean {
  return fileName !== undefined || type === 'application/octet-stream' || jsonType.test(type ?? '');
}

function isField(part: { readonly filename?: string; readonly mimetype: string }): boolean {
  return part.filename === undefined && jsonType.test(part.mimetype);
}

/** The text of a part; undefined when it is larger than a request may be. */
async function textOf(part: Readable): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of part as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size <= maxRequestBytes) pieces.push(piece);
  }
  return size <= maxRequestBytes ? Buffer.concat(pieces).toString() : undefined;
}

/** The request with its body decoded: the parser of forms reads the stream in the property `raw`. */
function decodedRequest(
  request: FastifyRequest,
  maxFileBytes: number,
  knob: string,
): FastifyRequest {
  const { raw } = request;
  const limit = { maxBytes: maxFileBytes + maxOverheadBytes, knob };
  const body = decodedBody(raw, limit);
  if (body === raw) return request;
  return Object.create(request, { raw: { value: Object.assign(body, { headers: raw.headers }) } });
}

/** Makes streams that share one limit of bytes. */
export function createByteLimit(maxBytes: number, knob: string): () => Transform {
  let remaining = maxBytes;
  return () =>
    new Transform({
      transform(chunk: Buffer, _encoding, done) {
        remaining -= chunk.length;
        if (remaining >= 0) done(null, chunk);
        else done(new errors.GLIMPSE_BODY_TOO_LARGE(maxBytes, knob));
      },
    });
}

function parseRequest(value: unknown): unknown {
  if (typeof value !== 'string') return {};
  checkSmallJson(Buffer.from(value));
  try {
    return JSON.parse(value.replace(/^\uFEFF/, ''));
  } catch (error) {
    const reason = jsonProblemOf(error);
    throw new errors.GLIMPSE_BAD_REQUEST(`the part "request" is not JSON (${reason}).`);
  }
}

function refusedField(name: string): Error {
  const unknown = unknownField({ [name]: '' }, ['request']);
  if (unknown === undefined) {
    return new errors.GLIMPSE_BAD_MULTIPART(
      `the part "request" is larger than ${maxRequestBytes} bytes.`,
    );
  }
  const sentence = `${unknown.sentence}: fields of the request go as JSON into one part "request", data as files`;
  return invalidRequest('form', { ...unknown, sentence });
}

/** What the parser of the form refused is the client's fault; a full disk, for one, is not. */
function refusalOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  return 'syscall' in error
    ? explainDataDir(error)
    : new errors.GLIMPSE_BAD_MULTIPART(`${error.message}.`);
}

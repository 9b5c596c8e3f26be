import { errors, messageOf } from '../../../errors.ts';
import { isRecord } from '../../../json.ts';
import { imageOrName, type Instance } from '../../../serving/prepare-instances.ts';
import { jsonCounts, type BodyForm, type BodyHead, type ReadBody } from '../../bodies/body-form.ts';
import type { JsonLimits } from '../../json/json-scan.ts';
import { readJson } from '../../json/read-json.ts';
import { readInferRequest, type InferRequest, type InferWanted } from './infer-request.ts';
import { filesIn, instancesOf, type InferTensor } from './infer-tensors.ts';

/**
 * The body of an infer call: JSON; JSON with the bytes of tensors behind it; or, where the header says that no byte is JSON,
 * the bytes of the model's only tensor. A body that begins as an image does is that tensor, whatever was said of it, so
 * that `curl --data-binary @digit.png` is enough.
 */
export const inferForm: BodyForm<InferWanted> = {
  name: 'oip',
  counts: jsonCounts(limitsFor),
  // What is no length is refused when the body is here.
  numbersFrom: (head) => lengthIn(announced(head) ?? '') || undefined,
  jsonBytes: (body, head) => {
    const length = headerLength(head, body.length);
    return isBare(body, length) ? 0 : (length ?? body.length);
  },
  read(body, head, maxImages, check) {
    const length = headerLength(head, body.length);
    if (isBare(body, length)) return readBare(body, length === 0);
    const bytes = body.subarray(length ?? body.length);
    const options = { limits: limitsFor(maxImages), check, parse };
    return readJson(body.subarray(0, length), options, (json) => {
      const request = readInferRequest(recordOf(json));
      const tensor = withBytes(request, bytes, length !== undefined);
      return { instances: instancesOf(tensor, maxImages), asked: request.wanted };
    });
  },
};

function limitsFor(maxImages: number): JsonLimits {
  return { depth: 14, objects: 200, arrays: Infinity, strings: 500 + 2 * maxImages };
}

/** Where the JSON ends, of a body of so many bytes; undefined where all of it is JSON. */
function headerLength(head: BodyHead, bytes: number): number | undefined {
  const text = announced(head);
  if (text === undefined) return undefined;
  const length = lengthIn(text);
  if (length <= bytes) return length;
  throw new errors.GLIMPSE_BAD_REQUEST(
    `inference-header-content-length is "${text.slice(0, 40)}", of a body of ${bytes} bytes.`,
  );
}

function announced(head: BodyHead): string | undefined {
  return head['inference-header-content-length'] ?? lengthInType(head['content-type']);
}

function lengthIn(text: string): number {
  return /^\d{1,15}$/.test(text.trim()) ? Number(text) : NaN;
}

/** SageMaker strips headers it does not know, and so Triton's clients say it in the type there. */
function lengthInType(type: string | undefined): string | undefined {
  const found = /^application\/vnd\.sagemaker-triton\.binary\+json\s*;\s*json-header-size=([^;]*)/i;
  return found.exec(type ?? '')?.[1];
}

function isBare(body: Uint8Array, length: number | undefined): boolean {
  return length === 0 || (length === undefined && typeof imageOrName(body) !== 'string');
}

const nothingWanted: InferWanted = { outputs: [], isBinary: false, isBulk: false };

/** The only tensor of a batch of one: a file, with or without its length in front, else numbers of 32 bits. */
function readBare(body: Buffer, isBinary: boolean): ReadBody<InferWanted> {
  const asked = { ...nothingWanted, isBinary };
  return { instances: body.length === 0 ? [] : [bareInstance(body)], asked };
}

function bareInstance(body: Buffer): Instance {
  if (typeof imageOrName(body) !== 'string') return { kind: 'image', bytes: body };
  const isFramed = body.length > 4 && body.readUInt32LE(0) === body.length - 4;
  const [file] = isFramed ? filesIn(body, 1) : [];
  if (file && typeof imageOrName(file) !== 'string') return { kind: 'image', bytes: file };
  if (body.length % Float32Array.BYTES_PER_ELEMENT !== 0) {
    throw new errors.GLIMPSE_BAD_REQUEST(
      'its bytes are neither an image nor numbers of 32 bits (inference-header-content-length: 0).',
    );
  }
  const values = new Float32Array(body.length / Float32Array.BYTES_PER_ELEMENT);
  new Uint8Array(values.buffer).set(body);
  return { kind: 'tensor', shape: [values.length], values };
}

/** The tensor with its elements, from the JSON or from the bytes behind it, of which none may be left. */
function withBytes(
  { tensor, binarySize }: InferRequest,
  bytes: Uint8Array,
  hasHeader: boolean,
): InferTensor {
  if (binarySize === undefined) {
    if (bytes.length === 0) return tensor;
    throw new errors.GLIMPSE_BAD_REQUEST(
      `${bytes.length} bytes stand behind the JSON, and no tensor has a binary_data_size.`,
    );
  }
  if (!hasHeader) {
    throw new errors.GLIMPSE_BAD_REQUEST(
      'a tensor has a binary_data_size, and no header inference-header-content-length says where the JSON ends.',
    );
  }
  if (binarySize !== bytes.length) {
    throw new errors.GLIMPSE_BAD_REQUEST(
      `binary_data_size says ${binarySize} bytes; ${bytes.length} stand behind the JSON.`,
    );
  }
  return { ...tensor, bytes };
}

function parse(json: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch (error) {
    const reason = error instanceof TypeError ? 'it is not UTF-8' : messageOf(error).slice(0, 200);
    throw new errors.GLIMPSE_BAD_REQUEST(`its JSON cannot be read (${reason}).`);
  }
}

function recordOf(body: unknown): Record<string, unknown> {
  if (isRecord(body)) return body;
  throw new errors.GLIMPSE_BAD_REQUEST('it must be an object with "inputs".');
}

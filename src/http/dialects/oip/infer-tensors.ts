import { decodeBase64, textOfDataUrl } from '../../../base64.ts';
import { errors, withDetails } from '../../../errors.ts';
import { pixelsInput, type Instance } from '../../../serving/prepare-instances.ts';
import { widestNumber } from '../../receive-body.ts';
import { datatypes, numbersOf, visit } from './datatypes.ts';

/** A tensor of a request: its description, and its elements as JSON or as bytes. */
export interface InferTensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  /** Nested or flat, where it came as JSON. */
  readonly list?: unknown;
  readonly bytes?: Uint8Array;
}

/** The examples of a tensor, along its first axis: encoded files of BYTES, else numbers. */
export function instancesOf(tensor: InferTensor, maxImages: number): Instance[] {
  const { name, datatype, shape } = tensor;
  const [count] = shape;
  if (count === undefined) throw bad(`the tensor "${brief(name)}" has no axis for the batch.`);
  if (count > maxImages) throw new errors.GLIMPSE_TOO_MANY_IMAGES(maxImages);
  const elements = elementsIn(shape);
  if (datatype === 'BYTES') return filesOf(tensor, elements, maxImages);
  const size = count === 0 ? 0 : elements / count;
  const own = shape.slice(1);
  const { values, isPixels } = numbersIn(tensor, elements);
  return Array.from({ length: count }, (_, at): Instance => {
    const [from, to] = [at * size, (at + 1) * size];
    // Bytes are pixels beyond doubt; other numbers are what their name makes of them.
    if (isPixels) return { kind: 'packed', shape: own, values: values.subarray(from, to) };
    return { kind: 'tensor', input: name, shape: own, values: values.subarray(from, to) };
  });
}

/** How many elements a shape has; GLIMPSE_BAD_REQUEST for more than numbers count. */
function elementsIn(shape: readonly number[]): number {
  const elements = shape.reduce((product, length) => product * length, 1);
  if (Number.isSafeInteger(elements)) return elements;
  throw bad(`a tensor of the shape [${shape.slice(0, 8).join(', ')}] has too many elements.`);
}

type Numbers =
  | { readonly isPixels: true; readonly values: Uint8Array }
  | { readonly isPixels: false; readonly values: Float32Array };

function numbersIn({ name, datatype, list, bytes }: InferTensor, elements: number): Numbers {
  const type = Object.hasOwn(datatypes, datatype) ? datatypes[datatype] : undefined;
  if (!type) {
    const known = [...Object.keys(datatypes), 'BYTES'].join(', ');
    throw bad(`"${brief(datatype)}" is none of the datatypes ${known}.`);
  }
  if (bytes && bytes.length !== elements * type.bytes) {
    throw bad(
      `the tensor "${brief(name)}" has ${bytes.length} bytes; its shape and datatype say ${elements * type.bytes}.`,
    );
  }
  const isPixels = name === pixelsInput && datatype === 'UINT8';
  if (isPixels && bytes) return { isPixels, values: bytes };
  const values = bytes ? type.read(aligned(bytes)) : numbersOf(list, datatype, elements);
  return isPixels ? { isPixels, values: new Uint8Array(values) } : { isPixels, values };
}

/** Where any number may begin; a copy of what begins elsewhere. */
function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % widestNumber === 0 ? bytes : Uint8Array.from(bytes);
}

function filesOf(tensor: InferTensor, elements: number, maxImages: number): Instance[] {
  const { name: input, list, bytes } = tensor;
  if (elements > maxImages) throw new errors.GLIMPSE_TOO_MANY_IMAGES(maxImages);
  const files = bytes === undefined ? decodedFiles(list, maxImages) : filesIn(bytes, maxImages);
  if (files.length !== elements) {
    throw bad(
      `the tensor "${brief(input)}" holds ${files.length} elements; its shape says ${elements}.`,
    );
  }
  return files.map((file) => ({ kind: 'image', bytes: file, input }));
}

/** Elements of BYTES behind each other, each with its length in front. */
export function filesIn(bytes: Uint8Array, most: number): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const files: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    if (files.length === most) throw new errors.GLIMPSE_TOO_MANY_IMAGES(most);
    const left = bytes.length - at - 4;
    const length = left < 0 ? Infinity : view.getUint32(at, true);
    if (length > left) throw bad('an element of BYTES is longer than what is left of its tensor.');
    files.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return files;
}

/** In JSON, files are base64 or data URLs. */
function decodedFiles(list: unknown, most: number): Uint8Array[] {
  const files: Uint8Array[] = [];
  visit(list, (value, at) => {
    if (at === most) throw new errors.GLIMPSE_TOO_MANY_IMAGES(most);
    if (typeof value !== 'string') throw bad('an element of BYTES is no text with base64.');
    files.push(fileOf(value, at));
  });
  return files;
}

function fileOf(text: string, at: number): Uint8Array {
  const url = textOfDataUrl(text);
  if (url && 'problem' in url) throw badBase64(at, url.problem);
  const decoded = decodeBase64(url ? url.base64 : text);
  if ('problem' in decoded) throw badBase64(at, decoded.problem);
  return decoded.bytes;
}

function badBase64(index: number, reason: string): Error {
  return withDetails(new errors.GLIMPSE_BAD_BASE64(index, reason), { index, reason });
}

const brief = (text: string): string => text.slice(0, 100);

function bad(sentence: string): Error {
  return new errors.GLIMPSE_BAD_REQUEST(sentence);
}

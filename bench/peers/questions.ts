import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Form } from './peer.ts';

/** One request of a scene, and the digits that a right answer names, in their order. */
export interface Question {
  readonly form: Form;
  readonly contentType: string;
  /** What else is said of the body. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly expected: string;
}

const samples = join(import.meta.dirname, '..', '..', 'samples');
const digit = (label: number): Promise<Buffer> => readFile(join(samples, 'golden', `${label}.png`));

/** The labels that a Lua pattern with one capture finds in an answer: what wrk.lua does. */
export function isRight(pattern: string, expected: string, answer: string): boolean {
  const found = [...answer.matchAll(new RegExp(pattern.replaceAll('%', '\\'), 'g'))];
  return found.map(([, label]) => label!.replaceAll(/\D/g, '')).join('') === expected;
}

export async function pngQuestion(label: number): Promise<Question> {
  const body = await digit(label);
  return { form: 'image', contentType: 'image/png', body, expected: String(label) };
}

/** Digits one after the other, as files of one form. */
export async function filesQuestion(first: number, count: number): Promise<Question> {
  const labels = Array.from({ length: count }, (_, index) => (first + index) % 10);
  const boundary = 'bench-peers-boundary';
  const parts: Buffer[] = [];
  for (const label of labels) {
    const head =
      `--${boundary}\r\ncontent-disposition: form-data; name="image"; filename="${label}.png"\r\n` +
      'content-type: image/png\r\n\r\n';
    parts.push(Buffer.from(head), await digit(label), Buffer.from('\r\n'));
  }
  return {
    form: 'files',
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]),
    expected: labels.join(''),
  };
}

/**
 * A JPEG of a digit drawn large, with the grain of a camera: light on dark and over the whole picture, so that whoever
 * only resizes it to 28 x 28 has the digit.
 */
export async function jpegQuestion(
  label: number,
  width: number,
  height: number,
): Promise<Question> {
  const pixels = await sharp(await digit(label))
    .greyscale()
    .resize(width, height, { fit: 'fill', kernel: 'cubic' })
    .raw()
    .toBuffer();
  const grain = grains(width * 3 * 8 + 1);
  const coloured = Buffer.allocUnsafe(pixels.length * 3);
  for (let at = 0; at < coloured.length; at += 1) {
    const value = pixels[(at / 3) | 0]! + grain[at % grain.length]!;
    coloured[at] = value < 0 ? 0 : value > 255 ? 255 : value;
  }
  const body = await sharp(coloured, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 85 })
    .toBuffer();
  return { form: 'image', contentType: 'image/jpeg', body, expected: String(label) };
}

/** Noise of about three levels, the same in every run. */
function grains(count: number): Int8Array {
  let state = 1;
  return Int8Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((state >>> 24) % 13) - 6;
  });
}

/** A photo of a digit on paper as a phone takes it: dark, small, somewhere. Only what looks for ink reads it. */
export async function photoQuestion(file: string): Promise<Question> {
  const body = await sharp(await readFile(join(samples, 'photos', file)))
    .resize(640, 480, { fit: 'contain', background: '#d8d4cc' })
    .jpeg({ quality: 85 })
    .toBuffer();
  return { form: 'image', contentType: 'image/jpeg', body, expected: file.slice(0, 1) };
}

/** The pixels of one of the ten digits of the samples. */
export const pixelsOf = async (label: number): Promise<number[]> => [
  ...(await sharp(await digit(label))
    .greyscale()
    .raw()
    .toBuffer()),
];

/** Pixels of digits one after the other, from 0 to 255, as TensorFlow Serving's clients send them. */
export async function jsonQuestion(first: number, count: number): Promise<Question> {
  const labels = Array.from({ length: count }, (_, index) => (first + index) % 10);
  const instances = await Promise.all(labels.map(pixelsOf));
  return {
    form: 'json',
    contentType: 'application/json',
    body: Buffer.from(JSON.stringify({ instances })),
    expected: labels.join(''),
  };
}

/** The only output of all servers, and one of many of Glimpse. */
const outputs = [{ name: 'label' }];

/** The tensor of digits one after the other as the Open Inference Protocol puts it, in JSON. */
export async function oipQuestion(first: number, count: number): Promise<Question> {
  const labels = Array.from({ length: count }, (_, index) => (first + index) % 10);
  const pixels = await Promise.all(labels.map(pixelsOf));
  const data = pixels.flat().map((value) => Math.round((value / 255) * 1e6) / 1e6);
  const input = { name: 'image', datatype: 'FP32', shape: [count, 1, 28, 28], data };
  return {
    form: 'oip',
    contentType: 'application/json',
    body: Buffer.from(JSON.stringify({ inputs: [input], outputs })),
    expected: labels.join(''),
  };
}

/** The same with the tensor as bytes behind the JSON. */
export async function oipBinaryQuestion(first: number, count: number): Promise<Question> {
  const labels = Array.from({ length: count }, (_, index) => (first + index) % 10);
  const pixels = await Promise.all(labels.map(pixelsOf));
  const tensor = Buffer.from(Float32Array.from(pixels.flat(), (value) => value / 255).buffer);
  const parameters = { binary_data_size: tensor.length };
  const input = { name: 'image', datatype: 'FP32', shape: [count, 1, 28, 28], parameters };
  const head = Buffer.from(JSON.stringify({ inputs: [input], outputs }));
  return {
    form: 'oip-binary',
    contentType: 'application/octet-stream',
    headers: { 'inference-header-content-length': String(head.length) },
    body: Buffer.concat([head, tensor]),
    expected: labels.join(''),
  };
}

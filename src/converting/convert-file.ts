import { readFile, stat, writeFile } from 'node:fs/promises';
import { errors } from '../errors.ts';
import { buildKeras } from './build-keras.ts';
import type { ImageSize } from './input-image.ts';
import { modelFormatOf } from './model-format.ts';
import { readH5File, readKerasFile, readKerasJson, type KerasNet } from './read-keras.ts';
import { unreadable } from './refusals.ts';

/** A model file that is to be written as ONNX. */
export interface ConvertRequest {
  readonly file: string;
  /** Where the ONNX file is to lie. */
  readonly to: string;
  /** The size of the images, where the net leaves it open. */
  readonly size: ImageSize | undefined;
  /** Most bytes that the file, what is packed in it, and the numbers of the graph may have, each. */
  readonly maxBytes: number;
}

/** What is known of a model that was converted, beside its graph. */
export interface ConvertedModel {
  /** Whether the net itself brings pixels of 0..255 to what it was trained with; otherwise only its author knows. */
  readonly takesLevels: boolean;
}

/**
 * Reads a model of Keras and writes it as ONNX, the same file always as the same bytes. Rejects with
 * GLIMPSE_MODEL_FILE_INVALID, GLIMPSE_MODEL_FILE_TOO_LARGE or GLIMPSE_MODEL_UNSUPPORTED.
 */
export async function convertFile(request: ConvertRequest): Promise<ConvertedModel> {
  const { file, to, size, maxBytes } = request;
  const net = await readNet(file, maxBytes);
  const { model, takesLevels } = buildKeras(net, maxBytes, size);
  await writeFile(to, model);
  return { takesLevels };
}

async function readNet(file: string, maxBytes: number): Promise<KerasNet> {
  const format = await modelFormatOf(file);
  if ((await stat(file)).size > maxBytes) throw new errors.GLIMPSE_MODEL_FILE_TOO_LARGE(maxBytes);
  if (format === 'keras') return await readKerasFile(await readFile(file), maxBytes);
  if (format === 'h5') return await readH5File(file, await readFile(file), maxBytes);
  if (format === 'json') return await readKerasJson(file, maxBytes);
  throw unreadable('it is none of the formats that are converted');
}

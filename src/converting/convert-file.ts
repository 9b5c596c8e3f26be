import { readFile, stat, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { errors } from '../errors.ts';
import { isRecord } from '../json.ts';
import { buildKeras } from './build-keras.ts';
import { parseJson } from './containers/parse-json.ts';
import type { ImageSize } from './input-image.ts';
import { modelFormatOf } from './model-format.ts';
import { readH5File, readKerasFile, readKerasJson, type KerasNet } from './read-keras.ts';
import { readTfjsLayers, tfjsClasses, tfjsFormatOf } from './read-tfjs.ts';
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
  /** Whether it takes images, with their channels first, and not a row of pixels. */
  readonly isImage: boolean;
  /** The names of the classes, where its files tell them. */
  readonly classes: string[] | undefined;
}

/**
 * Reads a model of Keras and writes it as ONNX, the same file always as the same bytes. Rejects with
 * GLIMPSE_MODEL_FILE_INVALID, GLIMPSE_MODEL_FILE_TOO_LARGE or GLIMPSE_MODEL_UNSUPPORTED.
 */
export async function convertFile(request: ConvertRequest): Promise<ConvertedModel> {
  const { file, to, size, maxBytes } = request;
  const { net, classes } = await readNet(file, maxBytes);
  const { model, takesLevels, isImage } = buildKeras(net, maxBytes, size);
  await writeFile(to, model);
  return { takesLevels, isImage, classes };
}

/** A net that was read, with what else its files tell. */
interface ReadNet {
  readonly net: KerasNet;
  readonly classes?: string[] | undefined;
}

async function readNet(file: string, maxBytes: number): Promise<ReadNet> {
  const format = await modelFormatOf(file);
  if ((await stat(file)).size > maxBytes) throw new errors.GLIMPSE_MODEL_FILE_TOO_LARGE(maxBytes);
  if (format === 'keras') return { net: await readKerasFile(await readFile(file), maxBytes) };
  if (format === 'h5') return { net: await readH5File(file, await readFile(file), maxBytes) };
  if (format === 'json') return await readJson(file, maxBytes);
  throw unreadable('it is none of the formats that are converted');
}

/** JSON is a model of TF.js, or else the configuration of one of Keras. */
async function readJson(file: string, maxBytes: number): Promise<ReadNet> {
  const json = parseJson(await readFile(file, 'utf8'), basename(file));
  if (!isRecord(json) || tfjsFormatOf(json) === undefined) {
    return { net: await readKerasJson(file, json, maxBytes) };
  }
  const net = await readTfjsLayers(file, json, maxBytes);
  return { net, classes: await tfjsClasses(file, json) };
}
